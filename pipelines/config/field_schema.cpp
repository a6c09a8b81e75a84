#include "pipelines/config/field_schema.hpp"

namespace lepton::pipelines {

namespace {

using core::field_spec;
using core::field_type;
using json = nlohmann::ordered_json;

constexpr const char* whole_number = "^-?[0-9]+$";
constexpr const char* real_number = "^-?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$";
constexpr const char* duration_text = "^(0|([0-9]+[.]?[0-9]*|[.][0-9]+) *(ns|us|µs|ms|s|m|h|d))$";
constexpr const char* size_text =
    "^([0-9]+[.]?[0-9]*|[.][0-9]+) *(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)?$";
constexpr const char* share_text =
    "^((100([.]0*)?|[0-9]{1,2}([.][0-9]*)?) *%|0?[.][0-9]+|0|1([.]0*)?)$";

json reference(const char* definition) {
  return {{"$ref", std::string{"#/$defs/"} + definition}};
}

json pattern(const char* text) {
  return {{"type", "string"}, {"pattern", text}};
}

json one_of(std::initializer_list<json> kinds) {
  json out{{"anyOf", json::array()}};
  for (const auto& kind : kinds)
    out["anyOf"].push_back(kind);
  out["anyOf"].push_back(reference("variable"));
  return out;
}

/// `number` with the limits of the field; they hold for numbers only, not for quoted ones.
json limited(const char* type, const field_spec& field) {
  json out{{"type", type}};
  if (field.minimum)
    out["minimum"] = *field.minimum;
  if (field.maximum)
    out["maximum"] = *field.maximum;
  return out;
}

json element_schema(const field_spec& field) {
  return field.fields.empty() ? reference("scalar") : field_schema(field.fields.front());
}

json list_schema(const field_spec& field) {
  json list{{"type", "array"}, {"items", element_schema(field)}};
  if (field.required)
    list["minItems"] = 1;
  return {{"anyOf", json::array({list, element_schema(field)})}};
}

json map_schema(const field_spec& field) {
  json out{{"type", "object"}, {"additionalProperties", element_schema(field)}};
  if (field.required)
    out["minProperties"] = 1;
  return out;
}

json shape_of(const field_spec& field) {
  switch (field.type) {
    case field_type::text:
    case field_type::secret:
    case field_type::expression:
    case field_type::column: return reference("scalar");
    case field_type::integer: return one_of({limited("integer", field), pattern(whole_number)});
    case field_type::number: return one_of({limited("number", field), pattern(real_number)});
    case field_type::boolean:
      return one_of({{{"type", "boolean"}}, {{"enum", json::array({"true", "false"})}}});
    case field_type::duration: return one_of({{{"const", 0}}, pattern(duration_text)});
    case field_type::size: return one_of({limited("number", field), pattern(size_text)});
    case field_type::share:
      return one_of({{{"type", "number"}, {"minimum", 0}, {"maximum", 1}}, pattern(share_text)});
    case field_type::choice: return one_of({{{"enum", field.choices}}});
    case field_type::list: return list_schema(field);
    case field_type::map: return map_schema(field);
    case field_type::object: return object_schema(field.fields);
    case field_type::schema: return reference("columns");
    case field_type::any: break;
  }
  return json::object();
}

json columns_schema() {
  const json type{{"type", "string"},
                  {"pattern", "^(bool|int32|int64|float32|float64|string|binary|timestamp_ms|"
                              "float32\\[[1-9][0-9]{0,4}\\])$|\\$\\{"}};
  const json path{
      {"anyOf",
       json::array({reference("scalar"),
                    {{"type", "array"}, {"items", reference("scalar")}, {"minItems", 1}}})}};
  const json detailed{
      {"type", "object"},
      {"properties",
       {{"type", type},
        {"path", path},
        {"required", one_of({{{"type", "boolean"}}, {{"enum", json::array({"true", "false"})}}})},
        {"default", json::object()}}},
      {"required", json::array({"type"})},
      {"additionalProperties", false}};
  return {{"type", "object"},
          {"minProperties", 1},
          {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}}},
          {"additionalProperties", {{"anyOf", json::array({type, detailed})}}}};
}

} // namespace

json field_schema(const field_spec& field) {
  auto out = shape_of(field);
  if (!field.doc.empty())
    out["description"] = field.doc;
  if (field.fallback)
    out["default"] = *field.fallback;
  return out;
}

json object_schema(const std::vector<field_spec>& fields) {
  json out{{"type", "object"}, {"properties", json::object()}, {"additionalProperties", false}};
  for (const auto& field : fields) {
    out["properties"][field.name] = field_schema(field);
    if (field.required)
      out["required"].push_back(field.name);
  }
  return out;
}

json shared_definitions() {
  return {{"variable", {{"type", "string"}, {"pattern", "\\$\\{"}}},
          {"scalar", {{"type", json::array({"string", "number", "boolean"})}}},
          {"columns", columns_schema()}};
}

} // namespace lepton::pipelines
