#include "pipelines/test_runner_checks.hpp"

#include "core/diagnostics.hpp"
#include "pipelines/expression/expression.hpp"
#include "pipelines/test_runner_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace lepton::pipelines {

namespace {

const char* plural(std::int64_t count) {
  return count == 1 ? "" : "s";
}

/// Looks at one stream and notes what is not as expected.
class stream_check {
public:
  explicit stream_check(const seen_stream& seen) : seen_{seen} {}

  void conditions(const core::value& list) {
    if (!list.list())
      return unmet(list.span, "'conditions' must be a list, for example [\"score < 0.5\"]");
    if (!list.list()->empty() && seen_.rows() == 0)
      return unmet(list.span, fmt::format("no row came out of '{}', so its conditions say nothing; "
                                          "write {{count: 0}} if there should be none",
                                          seen_.name));
    for (const auto& each : *list.list())
      condition(each);
  }

  void count(const core::value& number) {
    std::int64_t wanted = -1;
    if (const auto* text = number.text())
      std::from_chars(text->data(), text->data() + text->size(), wanted);
    if (wanted < 0)
      unmet(number.span, "'count' must be a whole number");
    else if (wanted != seen_.rows())
      unmet(number.span, fmt::format("expected {} row{} from '{}', got {}", wanted, plural(wanted),
                                     seen_.name, seen_.rows()));
  }

  void rows(const core::value& list) {
    const auto* wanted = list.list();
    if (!wanted)
      return unmet(list.span, "'rows' must be a list of mappings");
    const auto count = static_cast<std::int64_t>(wanted->size());
    if (count != seen_.rows())
      return unmet(list.span, fmt::format("expected {} row{} from '{}', got {}", count,
                                          plural(count), seen_.name, seen_.rows()));
    std::size_t next = 0;
    for (const auto& batch : seen_.batches)
      for (std::int64_t row = 0; row < batch->rows; ++row)
        compare((*wanted)[next++], *batch, row);
  }

  void mapping(const core::value_map& entries) {
    for (const auto& entry : entries) {
      if (entry.key == "count")
        count(entry.item);
      else if (entry.key == "conditions")
        conditions(entry.item);
      else if (entry.key == "rows")
        rows(entry.item);
      else
        unmet(entry.key_span,
              fmt::format("'{}' is no expectation; write count, conditions or rows", entry.key));
    }
  }

  std::vector<unmet_expectation> result() && { return std::move(unmet_); }

private:
  void unmet(core::source_span span, std::string message) {
    unmet_.push_back({span, std::move(message)});
  }

  void condition(const core::value& scalar) {
    if (!scalar.text())
      return unmet(scalar.span, "a condition is a text such as \"score < 0.5\"");
    core::diagnostics findings;
    const auto compiled = compile_condition(scalar, *seen_.schema, findings, "condition");
    for (const auto& finding : findings.all())
      if (finding.level == core::severity::error)
        unmet(finding.span, finding.hint.empty()
                                ? finding.message
                                : fmt::format("{} ({})", finding.message, finding.hint));
    if (!compiled)
      return;
    expression_evaluator evaluator{*compiled};
    std::int64_t before = 0;
    for (const auto& batch : seen_.batches) {
      if (find_failed_row(evaluator, *batch, before, scalar))
        return;
      before += batch->rows;
    }
  }

  /// Reports the first row for which the condition is not true.
  bool find_failed_row(expression_evaluator& evaluator, const core::batch& batch,
                       std::int64_t before, const core::value& scalar) {
    std::vector<core::row_error> errors;
    const auto good = evaluator.evaluate_predicate(batch, errors);
    std::int64_t row = 0;
    while (row < static_cast<std::int64_t>(good.size()) &&
           good[static_cast<std::size_t>(row)] == row)
      ++row;
    if (row == batch.rows)
      return false;
    const auto why = std::find_if(errors.begin(), errors.end(),
                                  [row](const auto& error) { return error.row == row; });
    unmet(scalar.span,
          fmt::format("`{}` is not true for row {} of '{}'{}: {}", *scalar.text(), before + row + 1,
                      seen_.name, why == errors.end() ? "" : fmt::format(" ({})", why->reason),
                      show_row(batch, row)));
    return true;
  }

  void compare(const core::value& wanted, const core::batch& batch, std::int64_t row) {
    if (!wanted.map())
      return unmet(wanted.span, "a row is a mapping such as {tx_id: a}");
    for (const auto& entry : *wanted.map()) {
      const auto column = seen_.schema->index_of(entry.key);
      if (!column)
        unmet(entry.key_span, fmt::format("'{}' has no column '{}'", seen_.name, entry.key));
      else if (!matches_cell(entry.item, batch[*column], row))
        unmet(entry.item.span, fmt::format("'{}' is not as expected in this row of '{}': {}",
                                           entry.key, seen_.name, show_row(batch, row)));
    }
  }

  const seen_stream& seen_;
  std::vector<unmet_expectation> unmet_;
};

} // namespace

std::int64_t seen_stream::rows() const noexcept {
  std::int64_t total = 0;
  for (const auto& batch : batches)
    total += batch->rows;
  return total;
}

std::vector<unmet_expectation> check_stream(const core::value_entry& expected,
                                            const seen_stream& seen) {
  stream_check check{seen};
  if (const auto* entries = expected.item.map())
    check.mapping(*entries);
  else
    check.conditions(expected.item);
  return std::move(check).result();
}

} // namespace lepton::pipelines
