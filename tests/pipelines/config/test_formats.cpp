#include "core/schema_spec.hpp"
#include "tests/pipelines/config/test_catalog.hpp"

namespace lepton::tests {

namespace {

using core::field_spec;
using core::field_type;

field_spec schema_field() {
  return {.name = "schema",
          .type = field_type::schema,
          .doc = "Columns and their types.",
          .required = true};
}

field_spec columns_field() {
  return {.name = "columns",
          .type = field_type::list,
          .doc = "Columns to write, in this order; all if left out.",
          .fields = {{.name = "", .type = field_type::column, .doc = ""}}};
}

std::optional<core::bound_decoder> bind_decoder(const core::config& config,
                                                const core::bind_context& context) {
  const auto entries = core::read_schema(config["schema"], *context.findings);
  if (!entries)
    return std::nullopt;
  core::bound_decoder out;
  out.schema = core::to_schema(*entries);
  out.make = [] { return std::unique_ptr<core::decoder>{}; };
  return out;
}

std::optional<core::bound_encoder> bind_encoder(const core::config& config,
                                                const core::schema_ptr& input,
                                                const core::bind_context& context) {
  core::bound_encoder out;
  out.reads = config.has("columns") ? config.texts("columns") : input->names();
  out.make = [] { return std::unique_ptr<core::encoder>{}; };
  bool good = true;
  for (const auto& column : out.reads)
    good = has_column(config, "columns", column, *input, context) && good;
  return good ? std::optional{out} : std::nullopt;
}

std::optional<core::bound_encoder> bind_raw_encoder(const core::config& config,
                                                    const core::schema_ptr& input,
                                                    const core::bind_context& context) {
  if (!has_column(config, "column", config.text("column"), *input, context))
    return std::nullopt;
  return core::bound_encoder{{config.text("column")},
                             [] { return std::unique_ptr<core::encoder>{}; }};
}

std::optional<core::bound_decoder> bind_raw_decoder(const core::config& config,
                                                    const core::bind_context&) {
  const core::field payload{config.text("column"), {core::type_id::binary, 0}, false};
  return core::bound_decoder{
      std::make_shared<const core::schema>(std::vector<core::field>{payload}),
      [] { return std::unique_ptr<core::decoder>{}; }};
}

} // namespace

void add_test_formats(core::catalog& catalog) {
  const field_spec keep{
      .name = "keep", .type = field_type::text, .doc = "Column with the payload as it came."};
  catalog.add(core::format_entry{"json",
                                 "JSON, one object in each record.",
                                 {schema_field(), keep},
                                 {columns_field()},
                                 bind_decoder,
                                 bind_encoder});
  const field_spec header{.name = "header",
                          .type = field_type::boolean,
                          .doc = "The first line has the names of the columns.",
                          .fallback = "true"};
  const field_spec delimiter{.name = "delimiter",
                             .type = field_type::text,
                             .doc = "One character between two values.",
                             .fallback = ","};
  catalog.add(core::format_entry{"csv",
                                 "Lines of values.",
                                 {schema_field(), header, delimiter},
                                 {columns_field(), header, delimiter},
                                 bind_decoder,
                                 bind_encoder});
  const field_spec column{.name = "column",
                          .type = field_type::column,
                          .doc = "Column of the payload.",
                          .fallback = "payload"};
  catalog.add(core::format_entry{
      "raw", "Payloads as they are.", {column}, {column}, bind_raw_decoder, bind_raw_encoder});
}

} // namespace lepton::tests
