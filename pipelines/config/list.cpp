#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/listed_component.hpp"
#include "pipelines/config/reference.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using json = nlohmann::ordered_json;

std::string default_text(const core::field_spec& field) {
  if (field.fallback)
    return fmt::format(" (default {})", field.fallback->empty() ? "\"\"" : *field.fallback);
  return field.required ? " (required)" : "";
}

std::string fields_text(const std::vector<core::field_spec>& fields, const std::string& indent) {
  std::string out;
  for (const auto& field : fields) {
    const auto range = range_text(field);
    out += fmt::format("{}{}: {}{}{}{}\n", indent, field.name, type_text(field),
                       range.empty() ? "" : ", ", range, default_text(field));
    if (!field.doc.empty())
      out += fmt::format("{}    {}\n", indent, field.doc);
    if (field.type == core::field_type::object)
      out += fields_text(field.fields, indent + "    ");
  }
  return out;
}

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\n' && i + 1 < text.size())
      out += "  ";
  }
  return out.ends_with('\n') ? out : out + '\n';
}

std::string details_text(const listed_component& one, const core::catalog& catalog) {
  auto out = fmt::format("{} {}\n  {}\n", core::name(one.kind), one.type, one.summary);
  if (!one.doc.empty())
    out += "\n" + indented(one.doc);
  for (const auto& [title, fields] : one.groups)
    out += fmt::format("\n{}\n{}", title, fields.empty() ? "  none\n" : fields_text(fields, "  "));
  if (one.kind != core::component_kind::format) {
    out += "\nkeys of every " + std::string{core::name(one.kind)} + "\n";
    out += fields_text(common_fields(one.kind, catalog), "  ");
  }
  if (!one.example.empty())
    out += "\nexample\n" + indented(one.example);
  return out;
}

std::string table_text(const std::vector<listed_component>& all) {
  std::size_t width = 0;
  for (const auto& one : all)
    width = std::max(width, one.type.size());
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0 || all[i].kind != all[i - 1].kind)
      out += fmt::format("{}{}\n", i == 0 ? "" : "\n", section_name(all[i].kind));
    out += fmt::format("  {:<{}}  {}\n", all[i].type, width, all[i].summary);
  }
  return out;
}

json field_json(const core::field_spec& field) {
  json out{{"name", field.name},
           {"type", name(field.type)},
           {"required", field.required},
           {"doc", field.doc}};
  if (field.fallback)
    out["default"] = *field.fallback;
  if (!field.choices.empty())
    out["choices"] = field.choices;
  if (field.minimum)
    out["minimum"] = *field.minimum;
  if (field.maximum)
    out["maximum"] = *field.maximum;
  for (const auto& inner : field.fields)
    out[field.type == core::field_type::object ? "fields" : "element"].push_back(field_json(inner));
  return out;
}

json component_json(const listed_component& one) {
  json out{{"kind", core::name(one.kind)}, {"type", one.type}, {"summary", one.summary}};
  if (!one.doc.empty())
    out["doc"] = one.doc;
  for (const auto& [title, fields] : one.groups) {
    out[title] = json::array();
    for (const auto& field : fields)
      out[title].push_back(field_json(field));
  }
  if (!one.example.empty())
    out["example"] = one.example;
  return out;
}

} // namespace

std::optional<std::string> list_text(const core::catalog& catalog, const std::string& kind,
                                     const std::string& type) {
  const auto all = listed(catalog, kind, type);
  if (all.empty())
    return std::nullopt;
  if (type.empty())
    return table_text(all);
  std::string out;
  for (const auto& one : all)
    out += (out.empty() ? "" : "\n") + details_text(one, catalog);
  return out;
}

std::optional<std::string> list_json(const core::catalog& catalog, const std::string& kind,
                                     const std::string& type) {
  const auto all = listed(catalog, kind, type);
  if (all.empty())
    return std::nullopt;
  auto out = json::array();
  for (const auto& one : all)
    out.push_back(component_json(one));
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace lepton::pipelines
