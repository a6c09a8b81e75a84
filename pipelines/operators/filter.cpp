#include "pipelines/operators/filter.hpp"

#include "pipelines/expression/expression.hpp"
#include "pipelines/operators/operator_support.hpp"

namespace lepton::pipelines {

namespace {

class filter_transform final : public core::transform {
public:
  explicit filter_transform(compiled_expression where) : where_{std::move(where)} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    errors_.clear();
    const auto rows = where_.evaluate_predicate(*in, errors_);
    const auto lost = rows.size() + errors_.size();
    if (!rows.empty())
      out.emit(0, take_rows(in, rows));
    out.drop(in->rows - static_cast<std::int64_t>(lost), "filtered");
    if (!errors_.empty())
      out.fail(in, errors_);
  }

private:
  expression_evaluator where_;
  std::vector<core::row_error> errors_;
};

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "filter";
  spec.summary = "Passes the rows for which a condition is true.";
  spec.doc = "A row for which the condition is false or null is dropped and counted "
             "(`lepton_records_dropped_total`, cause `filtered`). A row for which it cannot be "
             "computed, such as an integer division by zero, goes to `<name>.errors`.";
  spec.fields = {{.name = "where",
                  .type = core::field_type::expression,
                  .doc = "Condition over the columns of the input; rows pass where it is true.",
                  .required = true}};
  spec.example = "type: filter\ninputs: [score]\nwhere: \"score > 0.9\"\n";
  return spec;
}

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  const auto where = compile_condition(config["where"], *input, *context.findings, "where");
  if (!where)
    return std::nullopt;
  core::bound_transform out;
  out.outputs = {{"", input}};
  out.reads = where->columns();
  out.make =
      [where = *where](const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
    return std::unique_ptr<core::transform>{std::make_unique<filter_transform>(where)};
  };
  return out;
}

} // namespace

core::transform_entry filter_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
