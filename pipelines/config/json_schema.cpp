#include "pipelines/config/json_schema.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/field_schema.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using json = nlohmann::ordered_json;

json reference(const std::string& definition) {
  return {{"$ref", "#/$defs/" + definition}};
}

/// A mapping whose other keys follow from the text of `key`: one definition for each choice.
json by_choice(const char* key, const std::vector<std::string>& choices,
               const std::string& prefix) {
  const json known{{"anyOf", json::array({{{"enum", choices}}, reference("variable")})}};
  json out{{"type", "object"}, {"required", json::array({key})}, {"properties", {{key, known}}}};
  out["allOf"] = json::array();
  for (const auto& choice : choices) {
    const json is_it{{"properties", {{key, {{"const", choice}}}}},
                     {"required", json::array({key})}};
    out["allOf"].push_back({{"if", is_it}, {"then", reference(prefix + choice)}});
  }
  return out;
}

void add_codecs(component_kind kind, const core::catalog& catalog, json& definitions) {
  const std::string key{codec_key(kind)};
  const auto formats = codec_fields(kind, nullptr, catalog).front().choices;
  definitions[key] = by_choice("format", formats, key + ".");
  for (const auto& format : formats)
    definitions[key + "." + format] =
        object_schema(codec_fields(kind, find_format(kind, format, catalog), catalog));
}

void add_components(component_kind kind, const core::catalog& catalog, json& definitions) {
  const std::string name = core::name(kind);
  const auto types = type_names(kind, catalog);
  definitions[name] = by_choice("type", types, name + ".");
  for (const auto& type : types) {
    const auto* spec = find_spec(kind, type, catalog);
    auto fields = common_fields(kind, catalog);
    fields.insert(fields.end(), spec->fields.begin(), spec->fields.end());
    auto definition = object_schema(fields);
    if (const std::string key{codec_key(kind)}; !key.empty())
      definition["properties"][key] = reference(key);
    definition["description"] = spec->summary;
    definitions[name + "." + type] = std::move(definition);
  }
}

json section_schema(component_kind kind) {
  json out{{"type", "object"},
           {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_-]{0,127}$"}}},
           {"additionalProperties", reference(core::name(kind))}};
  if (kind == component_kind::transform)
    out["type"] = json::array({"object", "null"});
  else
    out["minProperties"] = 1;
  return out;
}

json tests_schema() {
  auto test = object_schema(test_fields());
  const json rows{{"type", "array"}, {"items", {{"type", "object"}}}};
  const json conditions{{"type", "array"}, {"items", reference("scalar")}};
  test["properties"]["insert"]["type"] = "object";
  test["properties"]["insert"]["minProperties"] = 1;
  test["properties"]["insert"]["additionalProperties"] = rows;
  test["properties"]["expect"]["type"] = "object";
  test["properties"]["expect"]["minProperties"] = 1;
  test["properties"]["expect"]["additionalProperties"] = {
      {"anyOf", json::array({conditions, {{"type", "object"}}})}};
  return {{"type", "array"}, {"items", test}};
}

} // namespace

std::string json_schema(const core::catalog& catalog) {
  auto definitions = shared_definitions();
  add_codecs(component_kind::source, catalog, definitions);
  add_codecs(component_kind::sink, catalog, definitions);
  json properties{{"pipeline", reference("scalar")},
                  {"settings", object_schema(settings_fields())}};
  for (const auto kind :
       {component_kind::source, component_kind::transform, component_kind::sink}) {
    properties[section_name(kind)] = section_schema(kind);
    add_components(kind, catalog, definitions);
  }
  properties["tests"] = tests_schema();
  const json out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Lepton pipeline"},
                 {"type", "object"},
                 {"properties", properties},
                 {"required", json::array({"pipeline", "sources", "sinks"})},
                 {"additionalProperties", false},
                 {"$defs", definitions}};
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

} // namespace lepton::pipelines
