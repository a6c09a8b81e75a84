#include "pipelines/operators/derive.hpp"

#include "pipelines/expression/expression.hpp"
#include "pipelines/operators/operator_support.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

/// One derived column: its place in the output and how it is computed.
struct derivation {
  std::size_t column;
  compiled_expression expression;
};

class derive_transform final : public core::transform {
public:
  derive_transform(const std::vector<derivation>& derivations, core::schema_ptr schema)
      : schema_{std::move(schema)} {
    for (const auto& one : derivations)
      steps_.push_back({one.column, expression_evaluator{one.expression}});
  }

  void process(const core::batch_ptr& in, core::emitter& out) override {
    errors_.clear();
    auto columns = in->columns;
    columns.resize(schema_->size());
    for (auto& step : steps_)
      columns[step.column] = step.expression.evaluate(columns, in->rows, errors_);
    core::batch_ptr rows = core::with_columns(*in, schema_, std::move(columns));
    if (errors_.empty())
      return out.emit(0, std::move(rows));
    keep_first_of_each_row(errors_);
    const auto good = rows_without(in->rows, errors_);
    if (!good.empty())
      out.emit(0, take_rows(rows, good));
    out.fail(in, errors_);
  }

private:
  struct step {
    std::size_t column;
    expression_evaluator expression;
  };

  core::schema_ptr schema_;
  std::vector<step> steps_;
  std::vector<core::row_error> errors_;
};

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "derive";
  spec.summary = "Adds columns computed by expressions, or replaces columns.";
  spec.doc =
      "The expressions are computed in the order of the file, and each sees the columns above "
      "it: `{a: \"x + 1\", b: \"a * 2\"}` is fine. A name that the input has already replaces "
      "that column, in its place; later expressions see the new value. Other columns are "
      "appended.\n\n"
      "The type of a column is the type of its expression. A row for which an expression cannot "
      "be computed goes to `<name>.errors`, with the reason of the first one that failed.";
  spec.fields = {{.name = "columns",
                  .type = core::field_type::map,
                  .doc = "New columns: name -> expression over the columns of the input and those "
                         "above it.",
                  .required = true,
                  .fields = {{.name = "expression",
                              .type = core::field_type::expression,
                              .doc = "Expression of one column."}}}};
  spec.example = "type: derive\ninputs: [tx]\ncolumns:\n  log_amount: \"log(amount)\"\n"
                 "  hour: \"double(hour(ts)) / 24.0\"\n";
  return spec;
}

/// Collects the columns one after the other, each compiled against those before it.
class derivation_list {
public:
  explicit derivation_list(const core::schema& input)
      : fields_{input.fields()}, derived_(input.size(), false) {}

  bool add(const core::value_entry& entry, core::diagnostics& findings) {
    const core::schema so_far{fields_};
    if (entry.key.empty()) {
      findings.error(entry.key_span, "a column needs a name", "for example log_amount");
      return false;
    }
    auto compiled = compile(entry.item, so_far, findings, fmt::format("columns.{}", entry.key));
    if (!compiled)
      return false;
    for (const auto& name : compiled->columns())
      if (!derived_[*so_far.index_of(name)])
        add_names({name}, reads_);
    const auto at = so_far.index_of(entry.key).value_or(fields_.size());
    fields_.resize(std::max(fields_.size(), at + 1));
    derived_.resize(fields_.size());
    fields_[at] = {entry.key, compiled->type(), compiled->nullable()};
    derived_[at] = true;
    derivations_.push_back({at, std::move(*compiled)});
    return true;
  }

  core::bound_transform finish() {
    core::bound_transform out;
    const auto schema = std::make_shared<const core::schema>(std::move(fields_));
    out.outputs = {{"", schema}};
    out.reads = std::move(reads_);
    out.make = [schema, derivations = std::move(derivations_)](
                   const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
      return std::unique_ptr<core::transform>{
          std::make_unique<derive_transform>(derivations, schema)};
    };
    return out;
  }

private:
  std::vector<core::field> fields_;
  std::vector<bool> derived_; ///< by field: an expression made it, it is not the input's
  std::vector<derivation> derivations_;
  std::vector<std::string> reads_;
};

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  derivation_list list{*input};
  bool good = true;
  for (const auto& entry : *config["columns"].map())
    good = list.add(entry, *context.findings) && good;
  if (!good)
    return std::nullopt;
  return list.finish();
}

} // namespace

core::transform_entry derive_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
