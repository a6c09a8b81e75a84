#include "connectors/formats/json/json_layout.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

using kind = json_target::kind;

namespace {

constexpr const char* payload_column = "payload";

core::schema_ptr make_schema(const std::vector<core::schema_entry>& entries, bool keep_payload) {
  auto fields = core::to_schema(entries)->fields();
  if (keep_payload)
    fields.push_back({payload_column, {core::type_id::binary, 0}, false});
  return std::make_shared<const core::schema>(std::move(fields));
}

bool report_payload_column(const std::vector<core::schema_entry>& entries,
                           core::diagnostics& findings) {
  for (const auto& entry : entries)
    if (entry.field.name == payload_column) {
      findings.error(entry.span, "'keep: payload' makes a column 'payload', and so does the schema",
                     "give this column another name, with path: payload");
      return true;
    }
  return false;
}

} // namespace

std::shared_ptr<const json_layout> json_layout::make(std::vector<core::schema_entry> entries,
                                                     bool keep_payload,
                                                     core::diagnostics& findings) {
  if (keep_payload && report_payload_column(entries, findings))
    return nullptr;
  auto layout = std::make_shared<json_layout>();
  layout->entries_ = std::move(entries);
  layout->keep_payload_ = keep_payload;
  layout->schema_ = make_schema(layout->entries_, keep_payload);
  layout->objects_.emplace_back();
  bool good = true;
  for (std::size_t i = 0; i < layout->entries_.size(); ++i)
    good = layout->add(static_cast<std::int32_t>(i), findings) && good;
  return good ? layout : nullptr;
}

bool json_layout::add(std::int32_t field, core::diagnostics& findings) {
  const auto& entry = entries_[static_cast<std::size_t>(field)];
  std::int32_t at = 0;
  for (std::size_t i = 0; at >= 0 && i + 1 < entry.path.size(); ++i)
    at = enter(at, entry.path[i]);
  if (at < 0 || find(at, entry.path.back()).what != kind::ignored) {
    findings.error(
        entry.span,
        fmt::format("column '{}' reads the same value as another column, or a part of it",
                    entry.field.name),
        "each value can be read once; copy columns with a derive transform");
    return false;
  }
  objects_[static_cast<std::size_t>(at)].members.push_back(
      {entry.path.back(), {kind::field, field}});
  return true;
}

std::int32_t json_layout::enter(std::int32_t from, const std::string& key) {
  const auto known = find(from, key);
  if (known.what != kind::ignored)
    return known.what == kind::object ? known.index : -1;
  const auto made = static_cast<std::int32_t>(objects_.size());
  auto& parent = objects_[static_cast<std::size_t>(from)];
  parent.members.push_back({key, {kind::object, made}});
  objects_.push_back({parent.path.empty() ? key : parent.path + "." + key, {}});
  return made;
}

std::string json_layout::path_of(std::int32_t object) const {
  return objects_[static_cast<std::size_t>(object)].path;
}

json_target json_layout::find(std::int32_t object, std::string_view key) const noexcept {
  for (const auto& member : objects_[static_cast<std::size_t>(object)].members)
    if (member.key == key)
      return member.target;
  return {};
}

} // namespace lepton::connectors
