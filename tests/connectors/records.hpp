#pragma once

#include "core/codec.hpp"
#include "core/raw_batch.hpp"
#include "core/schema_spec.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton::tests {

/// Payloads in memory as a connector would hand them over. Each stands alone in its own memory, so
/// that a sanitizer sees a read past its end.
class text_batch final : public core::raw_batch {
public:
  explicit text_batch(std::vector<std::string> texts) : texts_{std::move(texts)} {
    topic = std::make_shared<const std::string>("texts");
    for (const auto& text : texts_) {
      records_.push_back({text, {}, static_cast<std::int64_t>(records_.size()), -1});
      byte_count += static_cast<std::int64_t>(text.size());
    }
    record_count = static_cast<std::int64_t>(records_.size());
  }
  std::span<const core::raw_record> records() const override { return records_; }

private:
  std::vector<std::string> texts_;
  std::vector<core::raw_record> records_;
};

inline core::schema_entry entry(std::string name, std::string_view type) {
  core::schema_entry out;
  out.field = {name, *core::parse_data_type(type), false};
  out.path = {std::move(name)};
  return out;
}

inline core::schema_entry optional_entry(std::string name, std::string_view type) {
  auto out = entry(std::move(name), type);
  out.required = false;
  out.field.nullable = true;
  return out;
}

inline core::decoded decode(core::decoder& decoder, std::vector<std::string> texts) {
  core::decoded out;
  const auto batch = core::make_ref<text_batch>(std::move(texts));
  decoder.decode(*batch, out);
  return out;
}

/// The payloads that an encoder makes of all rows; rows that failed are left out.
inline std::vector<std::string> encode(core::encoder& encoder, const core::batch_ptr& rows,
                                       std::vector<core::row_error>* errors = nullptr) {
  core::encoded_batch out;
  std::vector<core::row_error> failed;
  encoder.encode(rows, out, failed);
  std::vector<std::string> texts;
  for (const auto& record : out.records)
    texts.emplace_back(out.payload(record));
  if (errors)
    *errors = std::move(failed);
  return texts;
}

/// A batch from what a decoder made.
inline core::batch_ptr to_batch(const std::vector<core::schema_entry>& entries,
                                core::decoded decoded) {
  return core::make_ref<core::batch>(core::to_schema(entries), std::move(decoded.columns),
                                     decoded.rows);
}

} // namespace lepton::tests
