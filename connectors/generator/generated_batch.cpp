#include "connectors/generator/generated_batch.hpp"

#include "connectors/formats/json/json_encoder.hpp"

#include <numeric>

namespace lepton::connectors {

namespace {

constexpr std::int64_t json_growth = 3; // bytes of JSON for a byte in columns, about

} // namespace

generated_batch::generated_batch(const record_kind& kind, std::uint64_t seed, std::int64_t first,
                                 std::int64_t count, bool json)
    : kind_{kind}, seed_{seed}, first_{first}, json_{json} {
  record_count = count;
  byte_count = count * record_bytes(kind, json);
}

std::int64_t generated_batch::record_bytes(const record_kind& kind, bool json) noexcept {
  return kind.record_bytes * (json ? json_growth : 1);
}

std::span<const core::raw_record> generated_batch::records() const {
  std::call_once(once_, [this] { make_records(); });
  return records_;
}

void generated_batch::make_records() const {
  records_.resize(static_cast<std::size_t>(record_count));
  for (std::int64_t i = 0; i < record_count; ++i)
    records_[static_cast<std::size_t>(i)] = {{}, {}, first_ + i, kind_.time_of(first_ + i)};
  if (!json_)
    return;
  const core::batch_ptr rows = core::make_ref<core::batch>(
      kind_.schema, kind_.make(seed_, first_, record_count), record_count);
  std::vector<std::size_t> all(kind_.schema->size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<core::row_error> errors;
  json_encoder{*kind_.schema, all}.encode(rows, encoded_, errors);
  LEPTON_ASSERT(errors.empty());
  for (std::size_t i = 0; i < records_.size(); ++i)
    records_[i].payload = encoded_.payload(encoded_.records[i]);
}

void generated_decoder::decode(const core::raw_batch& in, core::decoded& out) {
  const auto& batch = static_cast<const generated_batch&>(in);
  out = {};
  out.rows = batch.record_count;
  out.columns = batch.kind().make(batch.seed(), batch.first(), batch.record_count);
}

} // namespace lepton::connectors
