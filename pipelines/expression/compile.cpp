#include "pipelines/expression/checker.hpp"
#include "pipelines/expression/expression.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

/// Where the text of a scalar begins: after its quote.
core::source_span text_span(const core::value& scalar) {
  auto span = scalar.span;
  if (span.known() && scalar.quoted) {
    ++span.column;
    span.length = span.length > 2 ? span.length - 2 : 1;
  }
  return span;
}

const std::string& text_of(const core::value& scalar) {
  LEPTON_ASSERT(scalar.text() != nullptr);
  return *scalar.text();
}

} // namespace

compiled_expression::compiled_expression(std::shared_ptr<const expr::program> program)
    : program_{std::move(program)} {}

core::data_type compiled_expression::type() const noexcept {
  return program_->type;
}

bool compiled_expression::nullable() const noexcept {
  return program_->nullable;
}

const std::vector<std::string>& compiled_expression::columns() const noexcept {
  return program_->columns;
}

std::optional<compiled_expression> compile(std::string_view text, const core::schema& schema,
                                           core::source_span span_of_text,
                                           core::diagnostics& findings, std::string label) {
  const expr::reporter report{text, span_of_text, findings};
  const auto tree = expr::parse_expression(report);
  if (!tree)
    return std::nullopt;
  auto program = expr::check_expression(*tree, schema, report);
  if (!program)
    return std::nullopt;
  program->label = std::move(label);
  return compiled_expression{std::move(program)};
}

std::optional<compiled_expression> compile(const core::value& scalar, const core::schema& schema,
                                           core::diagnostics& findings, std::string label) {
  return compile(text_of(scalar), schema, text_span(scalar), findings, std::move(label));
}

std::optional<compiled_expression> compile_condition(const core::value& scalar,
                                                     const core::schema& schema,
                                                     core::diagnostics& findings,
                                                     std::string label) {
  auto compiled = compile(scalar, schema, findings, std::move(label));
  if (!compiled || compiled->type().id == core::type_id::boolean)
    return compiled;
  findings.error(scalar.span,
                 fmt::format("a condition must be bool, found {}",
                             expr::name(expr::value_type_of(compiled->type()))),
                 "compare it, for example `score > 0.9`");
  return std::nullopt;
}

} // namespace lepton::pipelines
