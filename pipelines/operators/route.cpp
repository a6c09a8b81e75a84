#include "pipelines/operators/route.hpp"

#include "pipelines/expression/expression.hpp"
#include "pipelines/operators/operator_support.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

constexpr const char* unmatched_name = "_unmatched";

/// What a replica needs to know of the user's routes.
struct route_table {
  std::vector<compiled_expression> conditions;
  bool first_only = true;       ///< a row goes to the first route that takes it, else to all
  bool unmatched_output = true; ///< rows that fit no route leave by the port behind the routes
};

class route_transform final : public core::transform {
public:
  explicit route_transform(const route_table& table)
      : first_only_{table.first_only}, unmatched_output_{table.unmatched_output},
        rows_of_(table.conditions.size()) {
    for (const auto& condition : table.conditions)
      conditions_.emplace_back(condition);
  }

  void process(const core::batch_ptr& in, core::emitter& out) override {
    errors_.clear();
    state_.assign(static_cast<std::size_t>(in->rows), row_state::open);
    for (std::size_t i = 0; i < conditions_.size(); ++i)
      match(*in, i);
    if (!errors_.empty())
      forget_failed();
    for (std::size_t i = 0; i < rows_of_.size(); ++i)
      if (!rows_of_[i].empty())
        out.emit(i, take_rows(in, rows_of_[i]));
    pass_unmatched(in, out);
    if (!errors_.empty())
      out.fail(in, errors_);
  }

private:
  enum class row_state : std::uint8_t { open, taken, failed };

  void match(const core::batch& in, std::size_t route) {
    found_errors_.clear();
    const auto matches = conditions_[route].evaluate_predicate(in, found_errors_);
    for (auto& error : found_errors_)
      fail(std::move(error));
    auto& rows = rows_of_[route];
    rows.clear();
    for (const auto row : matches) {
      auto& state = state_[static_cast<std::size_t>(row)];
      if (state == row_state::failed || (first_only_ && state == row_state::taken))
        continue;
      state = row_state::taken;
      rows.push_back(row);
    }
  }

  /// A row that an earlier route took does not care about the later ones.
  void fail(core::row_error error) {
    auto& state = state_[static_cast<std::size_t>(error.row)];
    if (state == row_state::failed || (first_only_ && state == row_state::taken))
      return;
    state = row_state::failed;
    errors_.push_back(std::move(error));
  }

  /// With `match: all` a row may have been taken before it failed; it must not go both ways.
  void forget_failed() {
    for (auto& rows : rows_of_)
      std::erase_if(rows, [this](std::int32_t row) {
        return state_[static_cast<std::size_t>(row)] == row_state::failed;
      });
    keep_first_of_each_row(errors_);
  }

  void pass_unmatched(const core::batch_ptr& in, core::emitter& out) {
    unmatched_.clear();
    for (std::size_t row = 0; row < state_.size(); ++row)
      if (state_[row] == row_state::open)
        unmatched_.push_back(static_cast<std::int32_t>(row));
    if (unmatched_.empty())
      return;
    if (unmatched_output_)
      out.emit(rows_of_.size(), take_rows(in, unmatched_));
    else
      out.drop(static_cast<std::int64_t>(unmatched_.size()), "unmatched");
  }

  const bool first_only_;
  const bool unmatched_output_;
  std::vector<expression_evaluator> conditions_;
  std::vector<row_state> state_;
  std::vector<std::vector<std::int32_t>> rows_of_; ///< by route
  std::vector<std::int32_t> unmatched_;
  std::vector<core::row_error> errors_;
  std::vector<core::row_error> found_errors_;
};

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "route";
  spec.summary = "Sends rows to named outputs by conditions.";
  spec.doc =
      "Other components read an output as `<name>.<route>`. Rows that fit no route leave as "
      "`<name>._unmatched`; when nothing reads that, they are counted as dropped. The output "
      "does not exist where it could never get a row (a route's condition is `true`), nor with "
      "`reroute_unmatched: false`.\n\n"
      "A null condition does not take the row. A row for which a condition cannot be computed "
      "goes to `<name>.errors` only, unless an earlier route has taken it (`match: first`).";
  spec.fields = {
      {.name = "routes",
       .type = core::field_type::map,
       .doc = "Outputs: name -> condition over the columns of the input.",
       .required = true,
       .fields = {{.name = "condition",
                   .type = core::field_type::expression,
                   .doc = "Condition of one output."}}},
      {.name = "match",
       .type = core::field_type::choice,
       .doc = "`first`: a row goes to the first route that takes it; `all`: to every such route.",
       .fallback = "first",
       .choices = {"first", "all"}},
      {.name = "reroute_unmatched",
       .type = core::field_type::boolean,
       .doc = "Whether there is an output `_unmatched`; without it such rows are dropped.",
       .fallback = "true"},
  };
  spec.example = "type: route\ninputs: [sensors]\nroutes:\n  broken: \"speed < 0.0\"\n"
                 "  good: \"true\"\n";
  return spec;
}

bool check_name(const core::value_entry& entry, core::diagnostics& findings) {
  const auto& name = entry.key;
  const bool taken = name == "errors" || name == unmatched_name;
  if (!taken && !name.empty() && name.find_first_of(".*") == std::string::npos)
    return true;
  findings.error(entry.key_span, fmt::format("an output cannot be called '{}'", name),
                 taken ? "this output exists already; choose another name"
                       : "a name has at least one letter, no dot and no star");
  return false;
}

/// True for a condition that takes every row.
bool takes_all(const compiled_expression& condition) {
  if (!condition.columns().empty())
    return false;
  const core::batch one{std::make_shared<const core::schema>(std::vector<core::field>{}), {}, 1};
  std::vector<core::row_error> errors;
  return expression_evaluator{condition}.evaluate_predicate(one, errors).size() == 1;
}

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  core::bound_transform out;
  route_table table;
  table.first_only = config.text("match") == "first";
  table.unmatched_output = config.boolean("reroute_unmatched");
  bool good = true;
  bool all_taken = false;
  for (const auto& entry : *config["routes"].map()) {
    good = check_name(entry, *context.findings) && good;
    auto condition = compile_condition(entry.item, *input, *context.findings,
                                       fmt::format("routes.{}", entry.key));
    good = good && condition;
    if (!condition)
      continue;
    if (all_taken && table.first_only)
      context.findings->warning(entry.key_span, fmt::format("'{}' never gets a row", entry.key),
                                "a route above it takes all; move it up, or write match: all");
    all_taken = all_taken || takes_all(*condition);
    add_names(condition->columns(), out.reads);
    out.outputs.push_back({entry.key, input});
    table.conditions.push_back(std::move(*condition));
  }
  if (!good)
    return std::nullopt;
  table.unmatched_output = table.unmatched_output && !all_taken;
  if (table.unmatched_output)
    out.outputs.push_back({unmatched_name, input});
  out.make = [table = std::move(table)](
                 const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
    return std::unique_ptr<core::transform>{std::make_unique<route_transform>(table)};
  };
  return out;
}

} // namespace

core::transform_entry route_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
