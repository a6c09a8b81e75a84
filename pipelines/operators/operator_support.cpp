#include "pipelines/operators/operator_support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace lepton::pipelines {

std::optional<std::size_t> find_column(std::string_view name, core::source_span span,
                                       const core::schema& input, core::diagnostics& findings) {
  const auto at = input.index_of(name);
  if (at)
    return at;
  const auto names = input.names();
  const auto near = core::nearest(name, names);
  findings.error(span, fmt::format("there is no column '{}'", name),
                 near.empty() ? fmt::format("the input has {}", fmt::join(names, ", "))
                              : fmt::format("did you mean '{}'?", near));
  return std::nullopt;
}

void add_names(const std::vector<std::string>& names, std::vector<std::string>& to) {
  for (const auto& name : names)
    if (std::find(to.begin(), to.end(), name) == to.end())
      to.push_back(name);
}

void keep_first_of_each_row(std::vector<core::row_error>& errors) {
  std::stable_sort(errors.begin(), errors.end(),
                   [](const auto& a, const auto& b) { return a.row < b.row; });
  errors.erase(std::unique(errors.begin(), errors.end(),
                           [](const auto& a, const auto& b) { return a.row == b.row; }),
               errors.end());
}

std::vector<std::int32_t> rows_without(std::int64_t rows, std::span<const core::row_error> errors) {
  std::vector<std::int32_t> good;
  good.reserve(static_cast<std::size_t>(rows));
  auto error = errors.begin();
  for (std::int32_t row = 0; row < rows; ++row) {
    if (error != errors.end() && error->row == row)
      ++error;
    else
      good.push_back(row);
  }
  return good;
}

core::batch_ptr take_rows(const core::batch_ptr& in, std::span<const std::int32_t> rows) {
  return static_cast<std::int64_t>(rows.size()) == in->rows
             ? in
             : core::batch_ptr{core::take(*in, rows)};
}

} // namespace lepton::pipelines
