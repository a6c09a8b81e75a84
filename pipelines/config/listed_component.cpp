#include "pipelines/config/listed_component.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/field_text.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using core::field_type;

bool fits(component_kind kind, std::string_view wanted) {
  return wanted.empty() || wanted == core::name(kind) || wanted == section_name(kind);
}

template <class Entries>
void append(std::vector<listed_component>& out, const Entries& entries) {
  for (const auto& entry : entries) {
    const auto& spec = entry.spec;
    out.push_back(
        {spec.kind, spec.type, spec.summary, spec.doc, spec.example, {{"fields", spec.fields}}});
  }
}

void append(std::vector<listed_component>& out, const std::vector<core::format_entry>& formats) {
  for (const auto& format : formats) {
    listed_component one{component_kind::format, format.type, format.summary, {}, {}, {}};
    if (format.bind_decoder)
      one.groups.emplace_back("decode", format.decode_fields);
    if (format.bind_encoder)
      one.groups.emplace_back("encode", format.encode_fields);
    out.push_back(std::move(one));
  }
}

} // namespace

std::vector<listed_component> listed(const core::catalog& catalog, std::string_view kind,
                                     std::string_view type) {
  std::vector<listed_component> all;
  append(all, catalog.sources());
  append(all, catalog.transforms());
  append(all, catalog.sinks());
  append(all, catalog.formats());
  std::erase_if(all, [&](const listed_component& one) {
    return !fits(one.kind, kind) || (!type.empty() && one.type != type);
  });
  return all;
}

std::string type_text(const core::field_spec& field) {
  const auto element = [&] {
    return field.fields.empty() ? std::string{"text"} : type_text(field.fields.front());
  };
  switch (field.type) {
    case field_type::choice: return joined(field.choices, "or");
    case field_type::list: return "list of " + element();
    case field_type::map: return "mapping of names to " + element();
    case field_type::object: return "mapping";
    case field_type::column: return "name of a column";
    default: return name(field.type);
  }
}

std::string range_text(const core::field_spec& field) {
  const auto least = field.minimum ? "at least " + limit_text(field.type, *field.minimum) : "";
  const auto most = field.maximum ? "at most " + limit_text(field.type, *field.maximum) : "";
  return least + (least.empty() || most.empty() ? "" : ", ") + most;
}

const char* name(field_type type) noexcept {
  switch (type) {
    case field_type::text: return "text";
    case field_type::secret: return "secret";
    case field_type::integer: return "integer";
    case field_type::number: return "number";
    case field_type::boolean: return "boolean";
    case field_type::duration: return "duration";
    case field_type::size: return "size";
    case field_type::share: return "share";
    case field_type::choice: return "choice";
    case field_type::expression: return "expression";
    case field_type::column: return "column";
    case field_type::list: return "list";
    case field_type::map: return "map";
    case field_type::object: return "object";
    case field_type::schema: return "schema";
    case field_type::any: return "any";
  }
  return "any";
}

} // namespace lepton::pipelines
