#pragma once

#include "core/batch.hpp"
#include "core/codec.hpp"
#include "core/diagnostics.hpp"
#include "core/schema.hpp"
#include "core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

namespace expr {
struct program;
class machine;
} // namespace expr

/// Longest text of one expression, in bytes, and deepest nesting of its parts.
inline constexpr std::size_t max_expression_length = 4096;
inline constexpr int max_expression_depth = 100;

/// An expression that was checked against a schema. Immutable, cheap to copy, shared between
/// workers. Does not evaluate anything itself: see `expression_evaluator`.
class compiled_expression {
public:
  explicit compiled_expression(std::shared_ptr<const expr::program> program);

  /// Type of the column that evaluation gives: bool, int64, float64, string, binary or
  /// timestamp_ms. An expression that is only a column's name keeps that column's type.
  core::data_type type() const noexcept;
  /// False: evaluation never gives a null.
  bool nullable() const noexcept;
  /// Names of the columns that it reads, each once, in the order of their first use.
  const std::vector<std::string>& columns() const noexcept;

  const expr::program& program() const noexcept { return *program_; }

private:
  std::shared_ptr<const expr::program> program_;
};

/// Checks `text` (see docs/expressions.md) against `schema`. Reports every finding with its exact
/// place, counted from `span_of_text` (the first letter of the text), and returns nothing if one
/// is an error. `label` names the expression in the reasons of failed rows ("columns.log_amount").
std::optional<compiled_expression> compile(std::string_view text, const core::schema& schema,
                                           core::source_span span_of_text,
                                           core::diagnostics& findings,
                                           std::string label = "expression");

/// As `compile`, of a configuration value, and a type other than bool is an error too.
std::optional<compiled_expression> compile_condition(const core::value& scalar,
                                                     const core::schema& schema,
                                                     core::diagnostics& findings,
                                                     std::string label);

/// As `compile`, of a configuration value (text).
std::optional<compiled_expression> compile(const core::value& scalar, const core::schema& schema,
                                           core::diagnostics& findings, std::string label);

/// Evaluates one expression over whole columns. Each worker has its own (scratch memory); used by
/// one thread at a time. Never throws.
class expression_evaluator {
public:
  explicit expression_evaluator(compiled_expression expression);
  expression_evaluator(expression_evaluator&&) noexcept;
  expression_evaluator& operator=(expression_evaluator&&) noexcept;
  ~expression_evaluator();

  /// One value for each row of `batch`, whose schema is the one of `compile`. Rows that fail are
  /// appended to `errors` in ascending order; their value is unspecified and not null. Columns
  /// that are not read may be null pointers.
  core::column_ptr evaluate(const core::batch& batch, std::vector<core::row_error>& errors);
  /// The same over columns that are not yet a batch.
  core::column_ptr evaluate(std::span<const core::column_ptr> columns, std::int64_t rows,
                            std::vector<core::row_error>& errors);

  /// The rows for which a bool expression is true (null counts as false), ascending. Valid until
  /// the next call.
  std::span<const std::int32_t> evaluate_predicate(const core::batch& batch,
                                                   std::vector<core::row_error>& errors);

private:
  std::unique_ptr<expr::machine> machine_;
};

} // namespace lepton::pipelines
