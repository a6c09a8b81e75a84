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

/// Gives each record its place at the origin: rows of one origin record are numbered in order.
class place_counter {
public:
  explicit place_counter(const core::encoded_batch& batch) : batch_{batch} {
    if (batch.origin && batch.origin->raw)
      raw_ = batch.origin->raw->records();
  }

  void set(const core::encoded_record& from, link_record& out) {
    const auto row =
        from.row_count > 1 ? batch_.rows[static_cast<std::size_t>(from.first_row)] : from.row;
    const auto raw_row = batch_.origin ? batch_.origin->raw_row(row) : row;
    repeat_ = raw_row == before_ ? repeat_ + 1 : 0;
    before_ = raw_row;
    out.row = std::min(repeat_, max_origin_rows - 1);
    out.offset = raw_row;
    if (static_cast<std::size_t>(raw_row) < raw_.size()) {
      out.offset = raw_[static_cast<std::size_t>(raw_row)].offset;
      out.timestamp =
          std::max<std::int64_t>(-1, raw_[static_cast<std::size_t>(raw_row)].timestamp_ms);
    }
  }

private:
  const core::encoded_batch& batch_;
  std::span<const core::raw_record> raw_;
  std::int32_t before_ = -1;
  std::uint32_t repeat_ = 0;
};

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
    places.set(from, record);
    const auto size = record.key.size() + record.payload.size();
    if (size > max_sent_record) {
      failed.push_back({static_cast<std::int32_t>(i),
                        fmt::format("the record has {} bytes; a ZeroMQ link carries at most {}",
                                    size, max_sent_record)});
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
