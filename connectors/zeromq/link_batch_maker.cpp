#include "connectors/zeromq/link_batch_maker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::connectors {

namespace {

constexpr std::int64_t part_bytes = 4 << 20;

link_origin origin_of(const core::encoded_batch& batch) {
  link_origin out;
  out.input = batch.input;
  if (!batch.origin || !batch.origin->raw)
    return out;
  const auto& raw = *batch.origin->raw;
  out.topic = std::string_view{*raw.topic}.substr(0, max_link_topic);
  out.life = raw.life;
  out.partition = raw.partition;
  return out;
}

/// Gives each record its place at the origin. Records that were opened from one sealed batch have
/// one offset: they are told apart by their position in it, the rows that one of them became by
/// their order.
class place_counter {
public:
  explicit place_counter(const core::encoded_batch& batch) : batch_{batch} {
    if (batch.origin && batch.origin->raw)
      raw_ = batch.origin->raw->records();
  }

  /// False if the record has no place of its own: too many rows came of one.
  bool set(const core::encoded_record& from, link_record& out) {
    const auto row = batch_.rows_of(from).front();
    const auto raw_row = batch_.origin ? batch_.origin->raw_row(row) : row;
    repeat_ = raw_row == before_ ? repeat_ + 1 : 0;
    const auto at = static_cast<std::size_t>(raw_row);
    if (at >= raw_.size()) {
      out.offset = raw_row;
    } else {
      position_ = position_of(raw_row);
      out.offset = raw_[at].offset;
      out.timestamp = std::max<std::int64_t>(-1, raw_[at].timestamp_ms);
    }
    before_ = raw_row;
    out.row = repeat_ << position_bits | position_;
    return repeat_ < most_repeats && position_ < max_link_records && out.offset >= 0;
  }

private:
  static constexpr int position_bits = 16;
  static constexpr std::uint32_t most_repeats = max_origin_rows >> position_bits;

  std::uint32_t position_of(std::int32_t raw_row) const {
    const auto offset = raw_[static_cast<std::size_t>(raw_row)].offset;
    if (before_ >= 0 && before_ <= raw_row &&
        raw_[static_cast<std::size_t>(before_)].offset == offset)
      return position_ + static_cast<std::uint32_t>(raw_row - before_);
    auto first = raw_row;
    while (first > 0 && raw_[static_cast<std::size_t>(first) - 1].offset == offset)
      --first;
    return static_cast<std::uint32_t>(raw_row - first);
  }

  const core::encoded_batch& batch_;
  std::span<const core::raw_record> raw_;
  std::int32_t before_ = -1; ///< raw row of the record before
  std::uint32_t position_ = 0;
  std::uint32_t repeat_ = 0;
};

std::string refusal_of(std::size_t size) {
  return size > max_sent_record
             ? fmt::format("the record has {} bytes; a ZeroMQ link carries at most {}", size,
                           max_sent_record)
             : std::string{"more rows came of one source record than a ZeroMQ link can tell "
                           "apart (16)"};
}

} // namespace

std::vector<link_part> make_link_parts(const core::encoded_batch& batch,
                                       std::vector<core::row_error>& failed) {
  const auto origin = origin_of(batch);
  place_counter places{batch};
  std::vector<link_part> out;
  std::vector<link_record> records;
  std::int64_t bytes = 0;
  const auto finish = [&] {
    if (!records.empty())
      out.push_back(
          {write_link_batch(origin, records), static_cast<std::int64_t>(records.size()), bytes});
    records.clear();
    bytes = 0;
  };
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const auto& from = batch.records[i];
    link_record record{batch.key(from), batch.payload(from), 0, 0, -1};
    const bool placed = places.set(from, record);
    const auto size = record.key.size() + record.payload.size();
    if (!placed || size > max_sent_record) {
      failed.push_back({static_cast<std::int32_t>(i), refusal_of(size)});
      continue;
    }
    if (records.size() == max_link_records ||
        (!records.empty() && bytes + static_cast<std::int64_t>(size) > part_bytes))
      finish();
    records.push_back(record);
    bytes += static_cast<std::int64_t>(size);
  }
  finish();
  return out;
}

} // namespace lepton::connectors
