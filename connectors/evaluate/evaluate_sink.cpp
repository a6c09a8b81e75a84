#include "connectors/evaluate/evaluate_sink.hpp"

#include "connectors/evaluate/register.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

namespace {

/// The value of a bool or number column as a double; bool counts as 0 or 1.
double number_at(const core::column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.type.id) {
    case core::type_id::boolean: return column.boolean_at(row) ? 1.0 : 0.0;
    case core::type_id::int32: return column.as<std::int32_t>()[at];
    case core::type_id::int64: return static_cast<double>(column.as<std::int64_t>()[at]);
    case core::type_id::float32: return static_cast<double>(column.as<float>()[at]);
    case core::type_id::float64: return column.as<double>()[at];
    default: return 0.0;
  }
}

bool countable(core::data_type type) {
  return type.id == core::type_id::boolean || type.is_number();
}

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::sink;
  spec.type = "evaluate";
  spec.summary = "Compares a prediction with the known truth and counts hits and misses.";
  spec.doc =
      "Counts true and false positives and negatives; `run` shows precision and recall at the "
      "end, `/metrics` the counts (lepton_evaluated_total). Writes nothing.";
  spec.fields = {
      {.name = "truth",
       .type = core::field_type::column,
       .doc = "Column that says what is true: a bool, or a number where above 0.5 means yes.",
       .required = true},
      {.name = "prediction",
       .type = core::field_type::column,
       .doc = "Column with the prediction: a bool, or a score compared with `threshold`.",
       .required = true},
      {.name = "threshold",
       .type = core::field_type::number,
       .doc = "A score above it is a positive; larger finds less and errs less.",
       .fallback = "0.5"},
  };
  spec.example = "type: evaluate\ninputs: [score]\ntruth: is_fraud\nprediction: score\n"
                 "threshold: 0.9\n";
  return spec;
}

bool check_column(const core::config& config, const char* field, const core::schema& input,
                  const core::bind_context& context) {
  const auto& name = config.text(field);
  const auto at = input.index_of(name);
  if (!at) {
    const auto near = core::nearest(name, input.names());
    context.findings->error(config.span(field), fmt::format("there is no column `{}`", name),
                            near.empty()
                                ? fmt::format("the input has {}", fmt::join(input.names(), ", "))
                                : fmt::format("did you mean `{}`?", near));
    return false;
  }
  if (countable(input[*at].type))
    return true;
  context.findings->error(config.span(field),
                          fmt::format("`{}` is {}; a bool or a number is needed", name,
                                      core::to_string(input[*at].type)));
  return false;
}

core::counter& outcome(const core::run_context& context, const char* name) {
  return context.metrics->counter(core::metric::evaluated,
                                  {{"component", context.component}, {"outcome", name}});
}

std::optional<core::bound_sink> bind(const core::config& config, const core::schema_ptr& input,
                                     const core::bind_context& context) {
  const bool good = check_column(config, "truth", *input, context) &
                    check_column(config, "prediction", *input, context);
  if (!good)
    return std::nullopt;
  core::bound_sink out;
  out.encodes = false;
  out.headers = {config.text("truth"), config.text("prediction")}; // the columns it reads
  out.make = [config](const core::run_context& run) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<evaluate_sink>(
        config.text("truth"), config.text("prediction"), config.number("threshold"),
        evaluate_sink::outcomes{outcome(run, "true_positive"), outcome(run, "false_positive"),
                                outcome(run, "true_negative"), outcome(run, "false_negative")})};
  };
  return out;
}

} // namespace

core::result<void> evaluate_sink::write(core::encoded_batch_ptr batch) {
  const auto& rows = *batch->origin;
  const auto& truth = rows[*rows.schema->index_of(truth_)];
  const auto& prediction = rows[*rows.schema->index_of(prediction_)];
  std::int64_t counts[2][2] = {};
  for (std::int64_t row = 0; row < rows.rows; ++row)
    if (truth.valid(row) && prediction.valid(row))
      ++counts[number_at(truth, row) > 0.5][number_at(prediction, row) > threshold_];
  counts_.true_negative.add(counts[0][0]);
  counts_.false_positive.add(counts[0][1]);
  counts_.false_negative.add(counts[1][0]);
  counts_.true_positive.add(counts[1][1]);
  ended_.push_back({std::move(batch), {}});
  return {};
}

core::result<void> evaluate_sink::poll(std::vector<core::sink_completion>& ended) {
  for (auto& one : ended_)
    ended.push_back(std::move(one));
  ended_.clear();
  return {};
}

void register_evaluate(core::catalog& catalog) {
  catalog.add(core::sink_entry{spec(), bind});
}

} // namespace lepton::connectors
