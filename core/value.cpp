#include "core/value.hpp"

#include "core/assert.hpp"

namespace lepton::core {

const value* value::find(std::string_view key) const noexcept {
  const auto* entries = map();
  if (!entries)
    return nullptr;
  for (const auto& entry : *entries)
    if (entry.key == key)
      return &entry.item;
  return nullptr;
}

bool config::has(std::string_view field) const noexcept {
  const auto* found = object_.find(field);
  return found && !found->is_null();
}

const value& config::operator[](std::string_view field) const {
  const auto* found = object_.find(field);
  LEPTON_ASSERT(found != nullptr);
  return *found;
}

source_span config::span(std::string_view field) const noexcept {
  const auto* found = object_.find(field);
  return found && found->span.known() ? found->span : object_.span;
}

const std::string& config::text(std::string_view field) const {
  const auto* found = (*this)[field].text();
  LEPTON_ASSERT(found != nullptr);
  return *found;
}

std::string config::text_or(std::string_view field, std::string_view otherwise) const {
  return has(field) ? text(field) : std::string{otherwise};
}

bool config::boolean(std::string_view field) const {
  const auto* found = std::get_if<bool>(&(*this)[field].data);
  LEPTON_ASSERT(found != nullptr);
  return *found;
}

std::int64_t config::integer(std::string_view field) const {
  const auto* found = std::get_if<std::int64_t>(&(*this)[field].data);
  LEPTON_ASSERT(found != nullptr);
  return *found;
}

double config::number(std::string_view field) const {
  const auto& item = (*this)[field];
  if (const auto* whole = std::get_if<std::int64_t>(&item.data))
    return static_cast<double>(*whole);
  const auto* found = std::get_if<double>(&item.data);
  LEPTON_ASSERT(found != nullptr);
  return *found;
}

duration config::time(std::string_view field) const {
  return duration{integer(field)};
}

std::vector<std::string> config::texts(std::string_view field) const {
  std::vector<std::string> out;
  if (!has(field))
    return out;
  const auto* items = (*this)[field].list();
  LEPTON_ASSERT(items != nullptr);
  for (const auto& item : *items) {
    LEPTON_ASSERT(item.text() != nullptr);
    out.push_back(*item.text());
  }
  return out;
}

config config::child(std::string_view field) const {
  return has(field) ? config{(*this)[field]} : config{value{value_map{}, object_.span}};
}

} // namespace lepton::core
