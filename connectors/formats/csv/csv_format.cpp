#include "connectors/formats/csv/csv_decoder.hpp"
#include "connectors/formats/csv/csv_encoder.hpp"
#include "connectors/formats/encoded_columns.hpp"
#include "connectors/formats/register.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

namespace {

using core::field_type;

std::vector<core::field_spec> shared_fields(const char* header_doc) {
  return {{.name = "header", .type = field_type::boolean, .doc = header_doc, .fallback = "true"},
          {.name = "delimiter",
           .type = field_type::text,
           .doc = "What stands between fields: one character, or `tab`.",
           .fallback = ","},
          {.name = "null_text",
           .type = field_type::text,
           .doc = "A field without quotes and with this text is null.",
           .fallback = ""}};
}

std::vector<core::field_spec> decode_fields() {
  auto fields =
      shared_fields("The first line of a file names the columns; false: columns are found "
                    "by their position in the schema, as in records that come from no file.");
  fields.insert(fields.begin(),
                {.name = "schema",
                 .type = field_type::schema,
                 .doc = "Columns to read: name -> type, or {type, path, required, default}, where "
                        "`path` is the name in the header line.",
                 .required = true});
  return fields;
}

std::vector<core::field_spec> encode_fields() {
  auto fields = shared_fields("Each file begins with a line that names the columns.");
  fields.insert(fields.begin(), encoded_columns_field());
  return fields;
}

std::optional<csv_options> read_options(const core::config& config,
                                        const core::bind_context& context) {
  const auto& text = config.text("delimiter");
  const char delimiter = text == "tab" ? '\t' : text.size() == 1 ? text[0] : '\0';
  if (delimiter == '\0' || delimiter == '"' || delimiter == '\n' || delimiter == '\r') {
    context.findings->error(config.span("delimiter"),
                            fmt::format("'{}' cannot stand between fields", text),
                            "write one character, for example \";\", or tab");
    return std::nullopt;
  }
  const auto null_text = config.text_or("null_text", "");
  if (null_text.find_first_of(std::string{"\"\r\n"} + delimiter) != std::string::npos) {
    context.findings->error(config.span("null_text"),
                            "'null_text' has a quote, a line end or the delimiter in it",
                            "write a plain word, for example NULL");
    return std::nullopt;
  }
  return csv_options{config.boolean("header"), delimiter, null_text};
}

bool check_entry(const core::schema_entry& entry, const core::bind_context& context) {
  if (entry.field.type.id == core::type_id::float32_list) {
    context.findings->error(entry.span,
                            fmt::format("column '{}': CSV has no lists", entry.field.name),
                            "read each number as a float32 column");
    return false;
  }
  if (entry.path.size() == 1)
    return true;
  context.findings->error(entry.span,
                          fmt::format("column '{}': CSV has no nested values", entry.field.name),
                          "write the name in the header line as a list: path: [\"a.b\"]");
  return false;
}

std::optional<core::bound_decoder> bind_csv_decoder(const core::config& config,
                                                    const core::bind_context& context) {
  const auto options = read_options(config, context);
  auto entries = core::read_schema(config["schema"], *context.findings);
  bool good = options && entries;
  if (entries)
    for (const auto& entry : *entries)
      good = check_entry(entry, context) && good;
  if (!good)
    return std::nullopt;
  return core::bound_decoder{
      core::to_schema(*entries),
      [entries = *entries, options = *options]() -> std::unique_ptr<core::decoder> {
        return std::make_unique<csv_decoder>(entries, options);
      }};
}

std::optional<core::bound_encoder> bind_csv_encoder(const core::config& config,
                                                    const core::schema_ptr& input,
                                                    const core::bind_context& context) {
  const auto options = read_options(config, context);
  const auto columns = encoded_columns(config, *input, context);
  bool good = options && columns;
  if (columns)
    for (const auto column : *columns) {
      if ((*input)[column].type.id != core::type_id::float32_list)
        continue;
      context.findings->error(config.span("columns"),
                              fmt::format("column '{}' is {}; CSV has no lists",
                                          (*input)[column].name,
                                          core::to_string((*input)[column].type)),
                              "leave it out by columns: [...], or use format: json");
      good = false;
    }
  if (!good)
    return std::nullopt;
  return core::bound_encoder{
      names_of(*columns, *input),
      [input, columns = *columns, options = *options]() -> std::unique_ptr<core::encoder> {
        return std::make_unique<csv_encoder>(*input, columns, options);
      }};
}

} // namespace

void register_csv(core::catalog& catalog) {
  core::format_entry entry;
  entry.type = "csv";
  entry.summary = "Comma-separated values (RFC 4180), one record a line.";
  entry.decode_fields = decode_fields();
  entry.encode_fields = encode_fields();
  entry.bind_decoder = bind_csv_decoder;
  entry.bind_encoder = bind_csv_encoder;
  catalog.add(std::move(entry));
}

} // namespace lepton::connectors
