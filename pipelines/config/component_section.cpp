#include "pipelines/config/component_section.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using core::component_kind;

bool is_component_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto word = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 128 && (letter(name[0]) || name[0] == '_') &&
         std::all_of(name.begin(), name.end(), word);
}

core::value_entry* find_entry(core::value& object, std::string_view key) {
  auto& entries = std::get<core::value_map>(object.data);
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

void keep_only(core::value& object, const std::vector<core::field_spec>& fields) {
  std::erase_if(std::get<core::value_map>(object.data), [&](const core::value_entry& entry) {
    return std::none_of(fields.begin(), fields.end(),
                        [&](const auto& field) { return field.name == entry.key; });
  });
}

void refuse_overflow(core::value& object, spec_context& context) {
  const auto* entry = find_entry(object, "when_full");
  if (!entry || peek_text(object, "when_full", context) != "overflow")
    return;
  context.findings.error(entry->item.span, "this version has no when_full: overflow yet",
                         "write block or drop_newest; overflow needs sealed spill files");
  std::erase_if(std::get<core::value_map>(object.data),
                [](const auto& each) { return each.key == "when_full"; });
}

/// The fields of `decode` or `encode`. If its format is unknown, its other keys cannot be judged
/// and are taken out of `object`.
void set_codec_fields(component_kind kind, core::value& object, core::field_spec& field,
                      const core::catalog& catalog, spec_context& context) {
  auto* codec = find_entry(object, field.name);
  if (!codec || !codec->item.map())
    return;
  const auto format = peek_text(codec->item, "format", context);
  const auto* known = format ? find_format(kind, *format, catalog) : nullptr;
  field.fields = codec_fields(kind, known, catalog);
  if (!known)
    keep_only(codec->item, field.fields);
}

std::vector<written_input> read_inputs(const core::value& object, spec_context& context) {
  core::diagnostics unheard;
  std::vector<written_input> out;
  const auto add = [&](const core::value& item) {
    if (const auto* text = item.text())
      if (auto name = substitute(*text, item.span, context.variables, context.hidden, unheard);
          name && !name->empty())
        out.push_back({std::move(*name), item.span});
  };
  const auto* inputs = object.find("inputs");
  if (inputs && inputs->list())
    std::for_each(inputs->list()->begin(), inputs->list()->end(), add);
  else if (inputs)
    add(*inputs);
  return out;
}

/// Where else a type of this name exists: "there is a sink of that type".
std::string other_kind(component_kind kind, std::string_view type, const core::catalog& catalog) {
  for (const auto other : {component_kind::source, component_kind::transform, component_kind::sink})
    if (other != kind && find_spec(other, type, catalog))
      return fmt::format("there is a {} of that type: it belongs below '{}'", core::name(other),
                         section_name(other));
  return {};
}

const core::component_spec* check_type(component_draft& draft, const core::value& object,
                                       const core::catalog& catalog, spec_context& context) {
  const auto type = peek_text(object, "type", context);
  if (!type)
    return nullptr;
  const auto* spec = find_spec(draft.kind, *type, catalog, &draft.entry);
  draft.type = *type;
  if (!spec) {
    auto hint = other_kind(draft.kind, *type, catalog);
    if (hint.empty())
      hint = name_hint(*type, type_names(draft.kind, catalog), "the types are");
    context.findings.error(object.find("type")->span,
                           fmt::format("there is no {} of type '{}'", core::name(draft.kind),
                                       shortened(*object.find("type")->text())),
                           hint);
  }
  return spec;
}

void report_bad_name(const component_draft& draft, spec_context& context) {
  if (!is_component_name(draft.name))
    context.findings.error(draft.span, fmt::format("'{}' cannot be a name", shortened(draft.name)),
                           "begin with a letter; use letters, digits, _ and -");
}

error_policy policy_of(const std::string& text) {
  return text == "route"  ? error_policy::route
         : text == "drop" ? error_policy::drop
                          : error_policy::stop;
}

/// Moves the keys that all components share out of the checked object into the draft.
void take_common(const core::value& checked, component_draft& draft) {
  const core::config common{checked};
  if (common.has("on_error")) {
    draft.on_error = policy_of(common.text("on_error"));
    draft.on_error_span = common.span("on_error");
  }
  if (common.has("error_limit")) {
    const auto limit = common.child("error_limit");
    draft.limit = {limit.number("share"), limit.integer("of_last"), limit.integer("in_a_row")};
  }
  if (common.text_or("when_full", "") == "drop_newest")
    draft.when_full = full_policy::drop_newest;
  if (common.has("ordering"))
    draft.ordered = common.text("ordering") == "partition";
  if (const auto key = codec_key(draft.kind); !key.empty() && common.has(key))
    draft.codec = common[key];
  if (const auto key = sealing_key(draft.kind); !key.empty() && common.has(key))
    draft.sealing = common[key];
}

std::vector<core::field_spec> prepared_fields(core::component_kind kind, core::value& object,
                                              const core::catalog& catalog, spec_context& context) {
  auto fields = common_fields(kind, catalog);
  for (auto& field : fields)
    if (field.name == codec_key(kind))
      set_codec_fields(kind, object, field, catalog, context);
  return fields;
}

} // namespace

component_draft check_component(component_kind kind, const core::value_entry& entry,
                                const core::catalog& catalog, spec_context& context) {
  component_draft draft;
  draft.kind = kind;
  draft.name = entry.key;
  draft.span = entry.key_span;
  const auto errors = context.findings.error_count();
  report_bad_name(draft, context);
  spec_owner owner{fmt::format("{} '{}'", core::name(kind), shortened(entry.key)), entry.key_span};
  if (!entry.item.map()) {
    context.findings.error(
        entry.item.span,
        fmt::format("{} must be a mapping, got {}", owner.text, got_text(entry.item)),
        fmt::format("for example {}: {{type: ...}}", shortened(entry.key)));
    return draft;
  }
  core::value object = entry.item;
  if (kind != component_kind::source)
    draft.inputs = read_inputs(object, context);
  refuse_overflow(object, context);
  const auto* spec = check_type(draft, object, catalog, context);
  auto fields = prepared_fields(kind, object, catalog, context);
  if (spec) {
    owner.text += fmt::format(" ({})", spec->type);
    fields.insert(fields.end(), spec->fields.begin(), spec->fields.end());
  } else {
    keep_only(object, fields);
    if (!draft.type.empty()) // already reported
      std::erase_if(fields, [](const auto& field) { return field.name == "type"; });
    keep_only(object, fields);
  }
  const auto checked = check_fields(object, fields, owner, context);
  draft.good = checked && context.findings.error_count() == errors;
  if (!draft.good)
    return draft;
  take_common(*checked, draft);
  draft.own = *checked;
  keep_only(draft.own, spec->fields);
  return draft;
}

} // namespace lepton::pipelines
