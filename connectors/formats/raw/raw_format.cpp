#include "connectors/formats/find_column.hpp"
#include "connectors/formats/raw/raw_codec.hpp"
#include "connectors/formats/register.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

namespace {

std::optional<core::bound_decoder> bind_raw_decoder(const core::config&,
                                                    const core::bind_context&) {
  return core::bound_decoder{raw_decoder::schema(), []() -> std::unique_ptr<core::decoder> {
                               return std::make_unique<raw_decoder>();
                             }};
}

std::optional<core::bound_encoder> bind_raw_encoder(const core::config& config,
                                                    const core::schema_ptr& input,
                                                    const core::bind_context& context) {
  const auto& name = config.text("column");
  const auto at = find_column(name, config.span("column"), *input, context);
  if (!at)
    return std::nullopt;
  const auto type = (*input)[*at].type;
  if (!type.is_variable_size()) {
    context.findings->error(config.span("column"),
                            fmt::format("format raw writes a string or binary column; '{}' is {}",
                                        name, core::to_string(type)),
                            "make text of it by a derive transform, or use format: json");
    return std::nullopt;
  }
  return core::bound_encoder{{name}, [column = *at]() -> std::unique_ptr<core::encoder> {
                               return std::make_unique<raw_encoder>(column);
                             }};
}

} // namespace

void register_raw(core::catalog& catalog) {
  core::format_entry entry;
  entry.type = "raw";
  entry.summary = "The payload as it is: one binary column `payload`.";
  entry.encode_fields = {{.name = "column",
                          .type = core::field_type::column,
                          .doc = "String or binary column whose bytes are the payload.",
                          .fallback = "payload"}};
  entry.bind_decoder = bind_raw_decoder;
  entry.bind_encoder = bind_raw_encoder;
  catalog.add(std::move(entry));
}

} // namespace lepton::connectors
