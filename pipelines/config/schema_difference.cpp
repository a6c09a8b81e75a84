#include "pipelines/config/schema_difference.hpp"

#include "pipelines/config/field_text.hpp"

#include <fmt/format.h>

#include <vector>

namespace lepton::pipelines {

namespace {

constexpr std::size_t max_shown = 8;

std::string type_text(const core::field& field) {
  return core::to_string(field.type) + (field.nullable ? " or null" : "");
}

std::string only_in(const core::schema& has, std::string_view name, const core::schema& lacks) {
  std::vector<std::string> columns;
  for (const auto& field : has.fields())
    if (!lacks.index_of(field.name))
      columns.push_back(field.name);
  return columns.empty() ? ""
                         : fmt::format("only '{}' has {}", name, joined(columns, "and", max_shown));
}

void append(std::string& out, const std::string& part) {
  if (!part.empty())
    out += (out.empty() ? "" : "; ") + part;
}

} // namespace

std::string schema_difference(const core::schema& a, std::string_view a_name, const core::schema& b,
                              std::string_view b_name) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& field : a.fields()) {
    const auto other = b.index_of(field.name);
    if (!other || b[*other] == field || ++shown > max_shown)
      continue;
    append(out, fmt::format("{} is {} in '{}' and {} in '{}'", field.name, type_text(field), a_name,
                            type_text(b[*other]), b_name));
  }
  append(out, only_in(a, a_name, b));
  append(out, only_in(b, b_name, a));
  if (out.empty() && !(a == b))
    return "they are the same, but in another order";
  return out;
}

} // namespace lepton::pipelines
