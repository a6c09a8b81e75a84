#include "connectors/generator/generated_batch.hpp"

namespace lepton::connectors {

generated_batch::generated_batch(const record_kind& kind, std::uint64_t seed, std::int64_t first,
                                 std::int64_t count)
    : kind_{kind}, seed_{seed}, first_{first} {
  record_count = count;
  byte_count = count * kind.record_bytes;
}

void generated_batch::set_text(std::string text,
                               std::vector<std::pair<std::uint32_t, std::uint32_t>> places) {
  text_ = std::move(text);
  places_ = std::move(places);
  byte_count = static_cast<std::int64_t>(text_.size());
}

std::span<const core::raw_record> generated_batch::records() const {
  std::call_once(once_, [this] {
    records_.reserve(static_cast<std::size_t>(record_count));
    for (std::int64_t i = 0; i < record_count; ++i) {
      std::string_view payload;
      if (!places_.empty()) {
        const auto [begin, size] = places_[static_cast<std::size_t>(i)];
        payload = std::string_view{text_}.substr(begin, size);
      }
      records_.push_back({payload, {}, first_ + i, kind_.time_of(first_ + i)});
    }
  });
  return records_;
}

void generated_decoder::decode(const core::raw_batch& in, core::decoded& out) {
  const auto& batch = static_cast<const generated_batch&>(in);
  out = {};
  out.rows = batch.record_count;
  out.columns = batch.kind().make(batch.seed(), batch.first(), batch.record_count);
}

core::ref_ptr<generated_batch> as_json(const record_kind& kind, std::uint64_t seed,
                                       std::int64_t first, std::int64_t count,
                                       core::encoder& encoder) {
  const core::batch_ptr rows =
      core::make_ref<core::batch>(kind.schema, kind.make(seed, first, count), count);
  core::encoded_batch encoded;
  std::vector<core::row_error> errors;
  encoder.encode(rows, encoded, errors);
  LEPTON_ASSERT(errors.empty());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
  for (const auto& record : encoded.records)
    places.emplace_back(record.payload_begin, record.payload_size);
  auto batch = core::make_ref<generated_batch>(kind, seed, first, count);
  batch->set_text(std::move(encoded.bytes), std::move(places));
  return batch;
}

} // namespace lepton::connectors
