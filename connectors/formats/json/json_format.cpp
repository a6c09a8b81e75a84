#include "connectors/formats/encoded_columns.hpp"
#include "connectors/formats/json/json_decoder.hpp"
#include "connectors/formats/json/json_encoder.hpp"
#include "connectors/formats/register.hpp"
#include "core/schema_spec.hpp"

namespace lepton::connectors {

namespace {

std::vector<core::field_spec> decode_fields() {
  return {{.name = "schema",
           .type = core::field_type::schema,
           .doc = "Columns to read: name -> type, or {type, path, required, default}; `path` leads "
                  "into nested objects (loc.lat). Keys that are not named here are ignored.",
           .required = true},
          {.name = "keep",
           .type = core::field_type::choice,
           .doc = "`payload` adds a binary column `payload` with the record's original bytes.",
           .choices = {"payload"}}};
}

std::optional<core::bound_decoder> bind_json_decoder(const core::config& config,
                                                     const core::bind_context& context) {
  auto entries = core::read_schema(config["schema"], *context.findings);
  if (!entries)
    return std::nullopt;
  const auto layout = json_layout::make(std::move(*entries), config.has("keep"), *context.findings);
  if (!layout)
    return std::nullopt;
  return core::bound_decoder{layout->schema(), [layout]() -> std::unique_ptr<core::decoder> {
                               return std::make_unique<json_decoder>(layout);
                             }};
}

std::optional<core::bound_encoder> bind_json_encoder(const core::config& config,
                                                     const core::schema_ptr& input,
                                                     const core::bind_context& context) {
  const auto columns = encoded_columns(config, *input, context);
  if (!columns)
    return std::nullopt;
  return core::bound_encoder{names_of(*columns, *input),
                             [input, columns = *columns]() -> std::unique_ptr<core::encoder> {
                               return std::make_unique<json_encoder>(*input, columns);
                             }};
}

} // namespace

void register_json(core::catalog& catalog) {
  core::format_entry entry;
  entry.type = "json";
  entry.summary =
      "JSON objects (RFC 8259), one a record; a malformed document is an error row, and so "
      "is NaN or an infinity when writing.";
  entry.decode_fields = decode_fields();
  entry.encode_fields = {encoded_columns_field()};
  entry.bind_decoder = bind_json_decoder;
  entry.bind_encoder = bind_json_encoder;
  catalog.add(std::move(entry));
}

} // namespace lepton::connectors
