#pragma once

#include "connectors/formats/json/json_field.hpp"
#include "connectors/formats/json/json_keys.hpp"
#include "connectors/formats/json/json_layout.hpp"
#include "connectors/formats/json/json_padded.hpp"
#include "core/codec.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lepton::connectors {

/// JSON objects, one a record, into columns: a single pass over the text that checks the whole
/// document (RFC 8259 grammar, UTF-8, nesting up to 1024) and writes the values where they belong.
/// Does not build a tree, and does not look into values that the schema does not name further than
/// to check them.
///
/// A record becomes a `row_error` if it is no valid document or no object, begins with a byte order
/// mark, has a key of the schema twice, lacks a required one or has null there, or has a value of
/// another type or out of its type's range. A key that is not in the schema may stand there twice.
class json_decoder final : public core::decoder {
public:
  explicit json_decoder(std::shared_ptr<const json_layout> layout);

  void decode(const core::raw_batch& in, core::decoded& out) override;

private:
  json_scan read_record(std::string_view payload, std::int64_t row);
  json_scan read_object(const char* p, std::int32_t object, int depth);
  json_scan read_member(const char* p, json_target target, int depth);
  json_scan read_inner(const char* p, std::int32_t object, int depth);
  json_scan read_key(const char* p, std::int32_t object, std::int32_t previous, std::int32_t& key,
                     json_target& target);
  json_scan no_object(const char* p);
  json_scan fill_absent(const char* p);
  json_scan complain(const char* p, std::string text);

  std::string reason(json_scan scan, std::string_view payload) const;
  void begin(std::int64_t rows);
  void undo(std::int64_t row) noexcept;
  void finish(std::int64_t rows, core::decoded& out);

  std::shared_ptr<const json_layout> layout_;
  std::vector<json_field> fields_;
  std::vector<json_keys> keys_;              ///< by object of the layout
  std::vector<std::int64_t> object_serials_; ///< record in which each object was last seen
  std::unique_ptr<column_builder> payload_;
  json_padded text_;
  json_record record_;
  std::int64_t serial_ = 0;
  std::size_t fields_seen_ = 0;
  std::string key_text_;
  std::string complaint_;
};

} // namespace lepton::connectors
