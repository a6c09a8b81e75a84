#include "tests/pipelines/expression_fixture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>

namespace lepton::pipelines::testing {

namespace {

void write_cell(core::column& to, std::int64_t row, const cell& from) {
  std::visit(
      [&](const auto& value) {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, bool>)
          to.set_boolean(row, value);
        else if constexpr (std::is_same_v<type, std::vector<float>>)
          std::copy(value.begin(), value.end(),
                    to.as_mutable<float>().begin() + row * to.type.list_size);
        else if constexpr (std::is_arithmetic_v<type>)
          switch (to.type.id) {
            case core::type_id::int32:
              to.as_mutable<std::int32_t>()[row] = static_cast<std::int32_t>(value);
              break;
            case core::type_id::float32:
              to.as_mutable<float>()[row] = static_cast<float>(value);
              break;
            case core::type_id::float64:
              to.as_mutable<double>()[row] = static_cast<double>(value);
              break;
            default: to.as_mutable<std::int64_t>()[row] = static_cast<std::int64_t>(value);
          }
      },
      from.data);
}

core::column_ptr make_column(core::data_type type, const std::vector<cell>& cells) {
  auto to = core::make_ref<core::column>(type);
  if (!type.is_variable_size())
    to->resize_rows(static_cast<std::int64_t>(cells.size()));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const bool is_null = cells[i].data.index() == 0;
    if (type.is_variable_size())
      is_null ? to->append_null_string() : to->append_string(std::get<std::string>(cells[i].data));
    else if (is_null) // whatever lies under a null must not matter
      std::memset(to->values.data() + i * type.value_size(), 0xff, type.value_size());
    else
      write_cell(*to, row, cells[i]);
    if (is_null && !type.is_variable_size())
      to->set_null(row);
  }
  return to;
}

} // namespace

table& table::add(std::string name, std::string_view type, const std::vector<cell>& cells) {
  const bool nullable = type.ends_with('?');
  const auto parsed = core::parse_data_type(type.substr(0, type.size() - (nullable ? 1 : 0)));
  fields_.push_back({std::move(name), parsed.value(), nullable});
  columns_.push_back(make_column(*parsed, cells));
  return *this;
}

core::batch_ptr table::batch() const {
  return core::make_ref<core::batch>(schema(), columns_, columns_.empty() ? 1 : columns_[0]->rows);
}

std::string show(const core::column& column, std::int64_t row) {
  if (!column.valid(row))
    return "null";
  switch (column.type.id) {
    case core::type_id::boolean: return column.boolean_at(row) ? "true" : "false";
    case core::type_id::int32: return fmt::format("{}", column.as<std::int32_t>()[row]);
    case core::type_id::float32: return fmt::format("{}", column.as<float>()[row]);
    case core::type_id::float64: return fmt::format("{}", column.as<double>()[row]);
    case core::type_id::string:
    case core::type_id::binary: return std::string{column.string_at(row)};
    case core::type_id::float32_list:
      return fmt::format(
          "{}", column.as<float>().subspan(row * column.type.list_size, column.type.list_size));
    default: return fmt::format("{}", column.as<std::int64_t>()[row]);
  }
}

std::vector<std::string> show(const core::batch& rows) {
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    std::string line;
    for (std::size_t c = 0; c < rows.columns.size(); ++c)
      if (rows.columns[c])
        line += fmt::format("{}{}={}", line.empty() ? "" : " ", (*rows.schema)[c].name,
                            show(*rows.columns[c], i));
    out.push_back(std::move(line));
  }
  return out;
}

namespace {

std::vector<std::string> as_texts(const core::diagnostics& findings) {
  std::vector<std::string> out;
  for (const auto& d : findings.all())
    out.push_back(fmt::format("{}:{}: {}{}", d.span.column, d.span.length, d.message,
                              d.hint.empty() ? "" : fmt::format(" ({})", d.hint)));
  return out;
}

std::optional<compiled_expression> compile_at_1(std::string_view text, const core::schema& schema,
                                                core::diagnostics& findings) {
  return compile(text, schema, {1, 1, 1}, findings, "x");
}

} // namespace

std::vector<std::string> evaluate(std::string_view text, const table& input) {
  core::diagnostics findings;
  const auto compiled = compile_at_1(text, *input.schema(), findings);
  EXPECT_EQ(compiled.has_value(), !findings.has_errors()) << text;
  if (!compiled)
    return as_texts(findings);
  const auto batch = input.batch();
  std::vector<core::row_error> errors;
  const auto column = expression_evaluator{*compiled}.evaluate(*batch, errors);
  EXPECT_EQ(column->rows, batch->rows);
  EXPECT_EQ(column->type, compiled->type());
  EXPECT_TRUE(compiled->nullable() || column->null_count == 0) << text;
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < batch->rows; ++i)
    out.push_back(show(*column, i));
  for (const auto& e : errors)
    out[static_cast<std::size_t>(e.row)] = "! " + e.reason;
  return out;
}

std::vector<std::string> findings(std::string_view text, const core::schema& schema) {
  core::diagnostics found;
  EXPECT_FALSE(compile_at_1(text, schema, found).has_value()) << text;
  return as_texts(found);
}

std::string constant(std::string_view text) {
  return evaluate(text, table{}).at(0);
}

std::string type_of(std::string_view text, const table& input) {
  core::diagnostics found;
  const auto compiled = compile_at_1(text, *input.schema(), found);
  if (!compiled)
    return fmt::format("{}", as_texts(found));
  return core::to_string(compiled->type()) + (compiled->nullable() ? "?" : "");
}

} // namespace lepton::pipelines::testing
