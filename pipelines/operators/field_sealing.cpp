#include "pipelines/operators/field_sealing.hpp"

#include "pipelines/operators/operator_support.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

std::vector<core::field_spec> field_sealing_fields() {
  return {
      {.name = "key", .doc = "Name of the key in the keyring.", .required = true},
      {.name = "subject",
       .type = core::field_type::column,
       .doc = "Column that says whose data a row is. Each subject has a key of its own, and "
              "`lepton keys destroy --subject` makes all its values unreadable."},
      {.name = "tenant", .doc = "Tenant whose key it is; default: that of settings.keyring."},
      {.name = "pipeline",
       .doc = "Name of the pipeline that seals the values; default: that of this file."},
  };
}

std::optional<field_sealing> read_field_sealing(const core::config& config,
                                                const core::schema& input,
                                                const core::bind_context& context) {
  field_sealing out{config.text("key"), config.text_or("tenant", context.tenant),
                    config.text_or("pipeline", context.pipeline), std::nullopt};
  bool good = true;
  if (!context.has_keyring) {
    context.findings->error({}, "this needs a keyring",
                            "add `keyring: {path: ...}` below settings; `lepton keys init` makes "
                            "one");
    good = false;
  }
  if (config.has("subject")) {
    out.subject =
        find_column(config.text("subject"), config.span("subject"), input, *context.findings);
    good = good && out.subject.has_value();
    if (out.subject && input[*out.subject].type.id == core::type_id::float32_list) {
      context.findings->error(config.span("subject"), "a list names no subject",
                              "use a column of numbers or text");
      good = false;
    }
  }
  return good ? std::optional{std::move(out)} : std::nullopt;
}

void emit_sound(const core::batch_ptr& in, const core::batch_ptr& made,
                std::vector<core::row_error>& errors, core::emitter& out) {
  if (errors.empty())
    return out.emit(0, made);
  keep_first_of_each_row(errors);
  out.emit(0, take_rows(made, rows_without(in->rows, errors)));
  out.fail(in, errors);
}

std::string field_context(std::string_view column) {
  return fmt::format("field:{}", column);
}

} // namespace lepton::pipelines
