#include "pipelines/config/reference.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/listed_component.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using page = std::pair<std::string, std::string>;

constexpr const char* origin = "Made by `lepton reference` from the specs in the code.";

/// A text that may stand in a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|')
      out += "\\|";
    else
      out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string default_cell(const core::field_spec& field) {
  if (field.required)
    return "required";
  if (!field.fallback)
    return "";
  return fmt::format("`{}`", field.fallback->empty() ? "\"\"" : cell(*field.fallback));
}

void add_rows(const std::vector<core::field_spec>& fields, const std::string& parent,
              std::string& out) {
  for (const auto& field : fields) {
    const auto range = range_text(field);
    out +=
        fmt::format("| `{}{}` | {}{}{} | {} | {} |\n", parent, field.name, cell(type_text(field)),
                    range.empty() ? "" : ", ", range, default_cell(field), cell(field.doc));
    if (field.type == core::field_type::object)
      add_rows(field.fields, parent + field.name + ".", out);
    else if (!field.fields.empty() && field.fields.front().type == core::field_type::object)
      add_rows(field.fields.front().fields, parent + field.name + ".*.", out);
  }
}

std::string field_table(const std::vector<core::field_spec>& fields) {
  if (fields.empty())
    return "No fields.\n";
  std::string out = "| field | takes | default | meaning |\n|---|---|---|---|\n";
  add_rows(fields, "", out);
  return out;
}

std::string component_section(const listed_component& one) {
  auto out = fmt::format("\n## {}\n\n{}\n", one.type, one.summary);
  if (!one.doc.empty())
    out += "\n" + one.doc + (one.doc.ends_with('\n') ? "" : "\n");
  for (const auto& [title, fields] : one.groups) {
    if (one.kind == component_kind::format)
      out += fmt::format("\n### {}\n", title);
    out += "\n" + field_table(fields);
  }
  if (!one.example.empty())
    out +=
        fmt::format("\n```yaml\n{}{}```\n", one.example, one.example.ends_with('\n') ? "" : "\n");
  return out;
}

std::string title_of(component_kind kind) {
  std::string title = section_name(kind);
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

page kind_page(component_kind kind, const core::catalog& catalog) {
  auto text = fmt::format("# {}\n\n{}\n", title_of(kind), origin);
  if (kind != component_kind::format)
    text += fmt::format("The keys that every {} has are in [settings.md](settings.md).\n",
                        core::name(kind));
  for (const auto& one : listed(catalog, core::name(kind)))
    text += component_section(one);
  return {fmt::format("{}.md", section_name(kind)), std::move(text)};
}

page settings_page(const core::catalog& catalog) {
  auto text = fmt::format("# Settings and common keys\n\n{}\n\n## settings\n\n{}", origin,
                          field_table(settings_fields()));
  for (const auto kind : {component_kind::source, component_kind::transform, component_kind::sink})
    text += fmt::format("\n## Every {}\n\n{}", core::name(kind),
                        field_table(common_fields(kind, catalog)));
  text += "\n## tests\n\nEach entry of the list `tests:`.\n\n" + field_table(test_fields());
  return {"settings.md", std::move(text)};
}

page index_page(const core::catalog& catalog) {
  auto text = fmt::format("# Reference\n\n{} How a file is built: "
                          "[configuration.md](../configuration.md).\n\n"
                          "- [settings and common keys](settings.md)\n- [metrics](metrics.md)\n",
                          origin);
  for (const auto kind : {component_kind::source, component_kind::transform, component_kind::sink,
                          component_kind::format}) {
    text += fmt::format("- [{0}]({0}.md)\n", section_name(kind));
    for (const auto& one : listed(catalog, core::name(kind)))
      text +=
          fmt::format("  - [{0}]({1}.md#{0}): {2}\n", one.type, section_name(kind), one.summary);
  }
  return {"README.md", std::move(text)};
}

} // namespace

std::vector<page> reference_pages(const core::catalog& catalog) {
  return {index_page(catalog),
          settings_page(catalog),
          kind_page(component_kind::source, catalog),
          kind_page(component_kind::transform, catalog),
          kind_page(component_kind::sink, catalog),
          kind_page(component_kind::format, catalog)};
}

} // namespace lepton::pipelines
