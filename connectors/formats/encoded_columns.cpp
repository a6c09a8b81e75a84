#include "connectors/formats/encoded_columns.hpp"

#include "connectors/formats/find_column.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lepton::connectors {

core::field_spec encoded_columns_field() {
  return {
      .name = "columns",
      .type = core::field_type::list,
      .doc = "Columns to write, in this order. Default: all columns of the input.",
      .fields = {
          {.name = "column", .type = core::field_type::column, .doc = "A column of the input."}}};
}

std::optional<std::vector<std::size_t>> encoded_columns(const core::config& config,
                                                        const core::schema& input,
                                                        const core::bind_context& context) {
  std::vector<std::size_t> out;
  if (!config.has("columns")) {
    out.resize(input.size());
    std::iota(out.begin(), out.end(), 0);
    return out;
  }
  bool good = true;
  for (const auto& item : *config["columns"].list()) {
    const auto at = find_column(*item.text(), item.span, input, context);
    good = good && at;
    if (!at)
      continue;
    if (std::find(out.begin(), out.end(), *at) != out.end()) {
      context.findings->error(item.span, fmt::format("column '{}' is named twice", *item.text()),
                              "name each column once");
      good = false;
    }
    out.push_back(*at);
  }
  return good ? std::optional{out} : std::nullopt;
}

std::vector<std::string> names_of(const std::vector<std::size_t>& columns,
                                  const core::schema& input) {
  std::vector<std::string> names;
  for (const auto column : columns)
    names.push_back(input[column].name);
  return names;
}

} // namespace lepton::connectors
