#include "pipelines/sealing/output_sealer.hpp"

#include <absl/strings/escaping.h>

#include <algorithm>
#include <utility>

namespace lepton::pipelines {

namespace {

/// Brokers take messages of 1 MB by default.
constexpr std::size_t most_group_bytes = 768 << 10;
constexpr std::size_t frame_entry = 16;
constexpr std::size_t envelope_overhead = 128;

std::uint32_t at(const std::string& bytes) {
  return static_cast<std::uint32_t>(bytes.size());
}

} // namespace

core::result<std::unique_ptr<output_sealer>> output_sealer::make(const output_sealing& sealing,
                                                                 const core::bound_sink& sink,
                                                                 const core::run_context& context) {
  LEPTON_ASSERT(context.vault);
  auto sealer = context.vault->make_sealer(sealing.options);
  if (!sealer)
    return sealer.error().with_context("encrypt");
  return std::unique_ptr<output_sealer>{
      new output_sealer(sealing, sink, std::move(*sealer), context)};
}

output_sealer::output_sealer(const output_sealing& sealing, const core::bound_sink& sink,
                             std::unique_ptr<core::sealer> sealer, const core::run_context& context)
    : sealing_{sealing}, line_based_{sink.line_based},
      partitions_{sealing.bind_partition || sealing.per_batch ? sink.partitions : nullptr},
      sealer_{std::move(sealer)}, vault_{*context.vault},
      sealed_{context.metrics->counter(core::metric::envelopes_sealed,
                                       {{"component", context.component}})} {}

void output_sealer::seal(core::encoded_batch& batch, std::vector<core::row_error>& failed) {
  const auto errors = failed.size();
  if (sealing_.per_batch)
    seal_groups(batch, failed);
  else
    seal_each(batch, failed);
  sealed_.add(static_cast<std::int64_t>(batch.records.size()));
  if (failed.size() != errors)
    std::sort(failed.begin(), failed.end(),
              [](const auto& a, const auto& b) { return a.row < b.row; });
}

std::int32_t output_sealer::partition_of(std::string_view key) const {
  return partitions_ && !key.empty() ? partitions_->partition_of(key) : -1;
}

core::result<std::string> output_sealer::hashed(std::string_view key) const {
  if (!sealing_.hash_key || key.empty())
    return std::string{key};
  return vault_.hash(sealing_.options.key, sealing_.options.tenant, "record key", key);
}

core::result<void> output_sealer::append_envelope(std::string_view plain,
                                                  const core::seal_context& context,
                                                  std::uint32_t records, std::string& out) {
  if (!line_based_)
    return sealer_->seal(plain, context, records, out);
  envelope_.clear();
  LEPTON_TRY(sealer_->seal(plain, context, records, envelope_));
  std::string text;
  absl::Base64Escape(envelope_, &text);
  out += text;
  return {};
}

void output_sealer::seal_each(core::encoded_batch& batch, std::vector<core::row_error>& failed) {
  std::string bytes;
  bytes.reserve(batch.bytes.size() + batch.records.size() * envelope_overhead);
  std::vector<core::encoded_record> kept;
  kept.reserve(batch.records.size());
  std::vector<std::vector<std::pair<std::string, std::string>>> headers;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    auto record = batch.records[i];
    const auto key = hashed(batch.key(record));
    if (!key) {
      failed.push_back({record.row, key.error().message()});
      continue;
    }
    record.partition = partition_of(*key);
    const core::seal_context context{sealing_.stream, *key,
                                     sealing_.bind_partition ? record.partition : -1};
    const auto begin = at(bytes);
    if (const auto done = append_envelope(batch.payload(record), context, 0, bytes); !done) {
      failed.push_back({record.row, done.error().message()});
      continue;
    }
    record.payload_begin = begin;
    record.payload_size = at(bytes) - begin;
    record.key_begin = at(bytes);
    record.key_size = static_cast<std::uint32_t>(key->size());
    bytes += *key;
    kept.push_back(record);
    if (!batch.headers.empty())
      headers.push_back(std::move(batch.headers[i]));
  }
  batch.bytes = std::move(bytes);
  batch.records = std::move(kept);
  batch.headers = std::move(headers);
}

void output_sealer::make_groups(const core::encoded_batch& batch) {
  used_groups_ = 0;
  const auto group_for = [&](std::int32_t partition, std::size_t bytes) -> group& {
    // From the back: the last group of a partition is the one that still has room.
    for (auto g = used_groups_; g-- > 0;)
      if (groups_[g].partition == partition) {
        if (groups_[g].bytes + bytes <= most_group_bytes)
          return groups_[g];
        break;
      }
    if (used_groups_ == groups_.size())
      groups_.emplace_back();
    auto& fresh = groups_[used_groups_++];
    fresh.partition = partition;
    fresh.records.clear();
    fresh.bytes = 0;
    return fresh;
  };
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const auto& record = batch.records[i];
    const auto bytes = frame_entry + record.payload_size + record.key_size;
    auto& into = group_for(partition_of(batch.key(record)), bytes);
    into.records.push_back(static_cast<std::int32_t>(i));
    into.bytes += bytes;
  }
}

void output_sealer::seal_groups(core::encoded_batch& batch, std::vector<core::row_error>& failed) {
  make_groups(batch);
  core::encoded_batch sealed;
  sealed.bytes.reserve(batch.bytes.size() + batch.records.size() * frame_entry +
                       used_groups_ * envelope_overhead);
  sealed.rows.reserve(batch.records.size());
  for (std::size_t g = 0; g < used_groups_; ++g)
    seal_group(batch, groups_[g], sealed, failed);
  batch.bytes = std::move(sealed.bytes);
  batch.records = std::move(sealed.records);
  batch.rows = std::move(sealed.rows);
}

void output_sealer::seal_group(const core::encoded_batch& batch, const group& from,
                               core::encoded_batch& into, std::vector<core::row_error>& failed) {
  framed_.clear();
  for (const auto i : from.records) {
    const auto& record = batch.records[static_cast<std::size_t>(i)];
    framed_.push_back({batch.key(record), batch.payload(record), -1});
  }
  frame_.clear();
  crypto::frame_records(framed_, frame_);
  core::encoded_record record;
  record.payload_begin = at(into.bytes);
  record.row = batch.records[static_cast<std::size_t>(from.records.front())].row;
  record.row_count = static_cast<std::int32_t>(from.records.size());
  record.first_row = static_cast<std::int32_t>(into.rows.size());
  record.partition = from.partition;
  const core::seal_context context{sealing_.stream, "",
                                   sealing_.bind_partition ? from.partition : -1};
  const auto done =
      append_envelope(frame_, context, static_cast<std::uint32_t>(from.records.size()), into.bytes);
  if (!done) {
    for (const auto i : from.records)
      failed.push_back({batch.records[static_cast<std::size_t>(i)].row, done.error().message()});
    return;
  }
  record.payload_size = at(into.bytes) - record.payload_begin;
  for (const auto i : from.records)
    into.rows.push_back(batch.records[static_cast<std::size_t>(i)].row);
  into.records.push_back(record);
}

} // namespace lepton::pipelines
