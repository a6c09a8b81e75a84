#pragma once

#include "core/batch.hpp"
#include "pipelines/expression/expression.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lepton::pipelines::testing {

struct null_cell {};
inline constexpr null_cell null;

/// One value of a test table. An int literal fits every numeric column.
struct cell {
  cell(null_cell) {}
  cell(bool v) : data{v} {}
  cell(int v) : data{std::int64_t{v}} {}
  cell(std::int64_t v) : data{v} {}
  cell(double v) : data{v} {}
  cell(const char* v) : data{std::string{v}} {}
  cell(std::string v) : data{std::move(v)} {}
  cell(std::vector<float> v) : data{std::move(v)} {}

  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<float>> data;
};

/// Columns for a test, given as `table{}.add("a", "int64", {1, null, 3})`. A column is nullable
/// if its type ends with '?'.
class table {
public:
  table& add(std::string name, std::string_view type, const std::vector<cell>& cells);

  core::schema_ptr schema() const { return std::make_shared<const core::schema>(fields_); }
  core::batch_ptr batch() const;

private:
  std::vector<core::field> fields_;
  std::vector<core::column_ptr> columns_;
};

/// A row of a column as text: `1.5`, `true`, `abc`, `null`, `[1, 2]`, timestamps as their ms.
std::string show(const core::column& column, std::int64_t row);

/// All rows of all columns as "a=1 b=x"; columns that were pruned are left out.
std::vector<std::string> show(const core::batch& rows);

/// Compiles and evaluates `text` labelled "x": one text for each row, failed rows as "! reason".
/// If it does not compile, the findings, one text each: "column:length: message (hint)".
std::vector<std::string> evaluate(std::string_view text, const table& input);

/// The findings of a text that must not compile, in the form above.
std::vector<std::string> findings(std::string_view text, const core::schema& schema);

/// Value of an expression without columns.
std::string constant(std::string_view text);

/// "int64", with '?' if it may be null; the findings if it does not compile.
std::string type_of(std::string_view text, const table& input);

} // namespace lepton::pipelines::testing
