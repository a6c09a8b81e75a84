#include "pipelines/config/spec_check.hpp"

#include "core/assert.hpp"
#include "pipelines/config/field_text.hpp"
#include "pipelines/config/limits.hpp"
#include "pipelines/config/scalar_check.hpp"
#include "pipelines/config/yaml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using core::field_type;

std::optional<core::value> check_value(const core::field_spec& field, const core::value& item,
                                       const spec_owner& owner, spec_context& context);

const core::field_spec& element_of(const core::field_spec& field) {
  static const core::field_spec text{};
  return field.fields.empty() ? text : field.fields.front();
}

/// A field spec for one element of a list or map: as its element spec says, but called `name`, and
/// with the meaning of the whole if it has none of its own.
core::field_spec element_named(const core::field_spec& field, std::string name) {
  auto element = element_of(field);
  element.name = std::move(name);
  if (element.doc.empty())
    element.doc = field.doc;
  return element;
}

std::optional<core::value> check_list(const core::field_spec& field, const core::value& item,
                                      const spec_owner& owner, spec_context& context) {
  const auto element = element_named(field, field.name);
  const core::value_list one{item};
  const auto* written = item.list() ? item.list() : &one;
  core::value_list out;
  bool good = true;
  for (const auto& each : *written) {
    auto checked = check_value(element, each, {owner.text, each.span}, context);
    good = good && checked;
    if (checked && !checked->is_null())
      out.push_back(std::move(*checked));
  }
  if (good && field.required && out.empty()) {
    context.findings.error(item.span, fmt::format("'{}' is empty", field.name),
                           field_hint(field, field.name));
    return std::nullopt;
  }
  return good ? std::optional{core::value{std::move(out), item.span}} : std::nullopt;
}

std::optional<core::value> check_map(const core::field_spec& field, const core::value& item,
                                     spec_context& context) {
  const auto* entries = item.map();
  if (!entries) {
    context.findings.error(
        item.span, fmt::format("'{}' must be a mapping, got {}", field.name, got_text(item)),
        field_hint(field, field.name));
    return std::nullopt;
  }
  core::value_map out;
  bool good = true;
  for (const auto& [key, span, each] : *entries) {
    auto checked = check_value(element_named(field, key), each,
                               {fmt::format("'{}'", shortened(key)), span}, context);
    good = good && checked;
    if (checked)
      out.push_back({key, span, std::move(*checked)});
  }
  if (good && field.required && out.empty()) {
    context.findings.error(item.span, fmt::format("'{}' is empty", field.name),
                           field_hint(field, field.name));
    return std::nullopt;
  }
  return good ? std::optional{core::value{std::move(out), item.span}} : std::nullopt;
}

std::optional<core::value> check_value(const core::field_spec& field, const core::value& item,
                                       const spec_owner& owner, spec_context& context) {
  if (item.is_null() && field.type != field_type::any) {
    context.findings.error(item.span, fmt::format("'{}' has no value", field.name),
                           field.required ? field_hint(field, field.name)
                                          : fmt::format("give it {}, or leave the key out",
                                                        expected_text(field.type)));
    return std::nullopt;
  }
  switch (field.type) {
    case field_type::list: return check_list(field, item, owner, context);
    case field_type::map: return check_map(field, item, context);
    case field_type::object:
      return check_fields(item, field.fields, {fmt::format("'{}'", field.name), owner.span},
                          context);
    case field_type::any:
    case field_type::schema: return substitute_all(item, context);
    default: return check_scalar(field, item, field.name, context);
  }
}

/// The default of a field, read as if the user had written it. A default that its own spec refuses
/// is our bug.
core::value default_of(const core::field_spec& field, spec_context& context) {
  core::diagnostics findings;
  redaction hidden;
  spec_context quiet{findings, hidden, context.variables, context.directory};
  core::value written{*field.fallback, {}};
  written.quoted = true;
  const bool is_tree = field.type == field_type::list || field.type == field_type::map ||
                       field.type == field_type::object || field.type == field_type::any ||
                       field.type == field_type::schema;
  if (is_tree)
    written = read_yaml(*field.fallback, findings).value_or(core::value{});
  auto checked = check_value(field, written, {field.name, {}}, quiet);
  LEPTON_ASSERT(checked.has_value());
  checked->span = {};
  return std::move(*checked);
}

void report_missing(const core::field_spec& field, const core::value* written,
                    const spec_owner& owner, spec_context& context) {
  if (written)
    context.findings.error(written->span, fmt::format("'{}' is empty", field.name),
                           "the variables in it leave nothing; give one a value or a default");
  else
    context.findings.error(owner.span, fmt::format("{} needs '{}'", owner.text, field.name),
                           field_hint(field, field.name));
}

void report_unknown(const core::value_map& entries, const std::vector<core::field_spec>& fields,
                    const spec_owner& owner, spec_context& context) {
  std::vector<std::string> names;
  for (const auto& field : fields)
    names.push_back(field.name);
  for (const auto& [key, span, item] : entries)
    if (std::find(names.begin(), names.end(), key) == names.end() &&
        context.findings.error_count() < max_findings)
      context.findings.error(span,
                             fmt::format("{} has no setting '{}'", owner.text, shortened(key)),
                             name_hint(key, names, "the settings are"));
}

/// One field of an object into `out`. False if there was an error.
bool check_field(const core::field_spec& field, const core::value_map& entries,
                 const spec_owner& owner, core::value_map& out, spec_context& context) {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& each) { return each.key == field.name; });
  const bool given = entry != entries.end();
  std::optional<core::value> checked;
  if (given) {
    checked = check_value(field, entry->item, {owner.text, entry->key_span}, context);
    if (!checked)
      return false;
  }
  if (checked && !checked->is_null()) {
    out.push_back({field.name, entry->key_span, std::move(*checked)});
  } else if (field.fallback) {
    out.push_back({field.name, {}, default_of(field, context)});
  } else if (field.required) {
    report_missing(field, given ? &entry->item : nullptr, owner, context);
    return false;
  }
  return true;
}

} // namespace

std::optional<core::value> check_fields(const core::value& object,
                                        const std::vector<core::field_spec>& fields,
                                        const spec_owner& owner, spec_context& context) {
  const auto* entries = object.map();
  if (!entries) {
    std::vector<std::string> names;
    for (const auto& field : fields)
      names.push_back(field.name);
    context.findings.error(
        object.span, fmt::format("{} must be a mapping, got {}", owner.text, got_text(object)),
        name_hint("", names, "its settings are"));
    return std::nullopt;
  }
  const auto errors = context.findings.error_count();
  report_unknown(*entries, fields, owner, context);
  core::value_map out;
  for (const auto& field : fields)
    check_field(field, *entries, owner, out, context);
  if (context.findings.error_count() != errors)
    return std::nullopt;
  return core::value{std::move(out), owner.span};
}

std::optional<std::string> peek_text(const core::value& object, std::string_view key,
                                     spec_context& context) {
  const auto* item = object.find(key);
  if (!item || !item->text())
    return std::nullopt;
  core::diagnostics unheard;
  return substitute(*item->text(), item->span, context.variables, context.hidden, unheard);
}

} // namespace lepton::pipelines
