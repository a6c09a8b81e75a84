#include "crypto/keyring/keyring.hpp"

#include "crypto/keyring/key_material.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

keyring_version new_version(std::string_view name, std::string_view tenant, key_state state,
                            std::int64_t now_ms) {
  auto key = make_key_version(std::string{name}, std::string{tenant}, random_secret());
  const auto id = key->id;
  return {id, state, now_ms, now_ms, std::move(key)};
}

void move_to(keyring_version& version, key_state state, std::int64_t now_ms) {
  version.state = state;
  version.changed_ms = now_ms;
  if (state == key_state::destroyed)
    version.key.reset();
}

keyring_version* in_state(named_key& key, key_state state) {
  const auto found = std::find_if(key.versions.begin(), key.versions.end(),
                                  [&](const auto& one) { return one.state == state; });
  return found == key.versions.end() ? nullptr : &*found;
}

error destroyed_key(std::string_view name, std::string_view tenant) {
  return {errc::invalid_argument, fmt::format("key '{}' is destroyed; add a key with another name",
                                              display_name(name, tenant))};
}

error unusable_name(std::string_view text) {
  return {errc::invalid_argument,
          fmt::format("'{}' is no name for a key or tenant: use 1 to {} letters, digits, '.', '_' "
                      "and '-'",
                      text.substr(0, keyring::max_name), keyring::max_name)};
}

} // namespace

std::string display_name(std::string_view name, std::string_view tenant) {
  return tenant.empty() ? std::string{name} : fmt::format("{}/{}", tenant, name);
}

bool is_key_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= keyring::max_name &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

const keyring_version* named_key::primary() const noexcept {
  for (const auto& one : versions)
    if (one.state == key_state::primary)
      return &one;
  return nullptr;
}

const keyring_version* named_key::version(const key_id& id) const noexcept {
  for (const auto& one : versions)
    if (one.id == id)
      return &one;
  return nullptr;
}

keyring keyring::create() {
  keyring out;
  start_sodium();
  randombytes_buf(out.id_.data(), out.id_.size());
  out.identity_ = make_identity();
  return out;
}

const named_key* keyring::find(std::string_view name, std::string_view tenant) const noexcept {
  for (const auto& key : keys_)
    if (key.name == name && key.tenant == tenant)
      return &key;
  return nullptr;
}

core::result<named_key*> keyring::existing(std::string_view name, std::string_view tenant) {
  for (auto& key : keys_)
    if (key.name == name && key.tenant == tenant)
      return &key;
  return error{errc::not_found,
               fmt::format("the keyring has no key '{}'; `lepton keys list` shows those it has",
                           display_name(name, tenant))};
}

core::result<keyring_version*> keyring::existing(named_key& key, const key_id& version) {
  for (auto& one : key.versions)
    if (one.id == version)
      return &one;
  return error{errc::not_found, fmt::format("key '{}' has no version {}",
                                            display_name(key.name, key.tenant), to_hex(version))};
}

core::result<key_id> keyring::add(std::string_view name, std::string_view tenant,
                                  std::int64_t now_ms) {
  for (const auto text : {name, tenant})
    if (!text.empty() && !is_key_name(text))
      return unusable_name(text);
  if (name.empty())
    return unusable_name(name);
  if (find(name, tenant))
    return error{errc::invalid_argument,
                 fmt::format("the keyring has a key '{}' already; `lepton keys rotate` gives it a "
                             "new version",
                             display_name(name, tenant))};
  if (keys_.size() >= max_keys)
    return error{errc::capacity, fmt::format("a keyring holds at most {} keys", max_keys)};
  named_key key;
  key.name = name;
  key.tenant = tenant;
  key.hash_key = make_key_version(key.name, key.tenant, random_secret());
  key.versions.push_back(new_version(name, tenant, key_state::primary, now_ms));
  keys_.push_back(std::move(key));
  return keys_.back().versions.back().id;
}

core::result<key_id> keyring::rotate(std::string_view name, std::string_view tenant,
                                     std::int64_t now_ms) {
  auto found = existing(name, tenant);
  if (!found)
    return found.error();
  auto& key = **found;
  if (!key.hash_key)
    return destroyed_key(name, tenant);
  if (const auto* waiting = in_state(key, key_state::pending))
    return error{errc::invalid_argument,
                 fmt::format("key '{}' has a pending version already ({}); promote or destroy it "
                             "first",
                             display_name(name, tenant), to_hex(waiting->id))};
  if (key.versions.size() >= max_versions)
    return error{errc::capacity, fmt::format("key '{}' has {} versions, which is the limit",
                                             display_name(name, tenant), max_versions)};
  key.versions.push_back(new_version(name, tenant, key_state::pending, now_ms));
  return key.versions.back().id;
}

core::result<key_id> keyring::promote(std::string_view name, std::string_view tenant,
                                      std::int64_t now_ms, bool at_once) {
  auto found = existing(name, tenant);
  if (!found)
    return found.error();
  auto* waiting = in_state(**found, key_state::pending);
  if (!waiting)
    return error{errc::invalid_argument,
                 fmt::format("key '{}' has no pending version; `lepton keys rotate` makes one",
                             display_name(name, tenant))};
  const auto age_ms = now_ms - waiting->created_ms;
  const auto needed_ms = std::chrono::milliseconds{min_pending_age}.count();
  if (!at_once && age_ms < needed_ms)
    return error{errc::invalid_argument,
                 fmt::format("version {} of key '{}' is {} s old: wait until it is {} s old, so "
                             "that every process has loaded it before it seals, or say --now",
                             to_hex(waiting->id), display_name(name, tenant), age_ms / 1000,
                             min_pending_age.count())};
  if (auto* old = in_state(**found, key_state::primary))
    move_to(*old, key_state::enabled, now_ms);
  move_to(*waiting, key_state::primary, now_ms);
  return waiting->id;
}

core::result<void> keyring::disable(std::string_view name, std::string_view tenant,
                                    const std::optional<key_id>& version, std::int64_t now_ms) {
  auto found = existing(name, tenant);
  if (!found)
    return found.error();
  if (version) {
    auto one = existing(**found, *version);
    if (!one)
      return one.error();
    if (!may_open((*one)->state))
      return error{errc::invalid_argument,
                   fmt::format("version {} of key '{}' is {} already", to_hex(*version),
                               display_name(name, tenant), crypto::name((*one)->state))};
    move_to(**one, key_state::disabled, now_ms);
    return {};
  }
  for (auto& one : (*found)->versions)
    if (may_open(one.state))
      move_to(one, key_state::disabled, now_ms);
  return {};
}

core::result<void> keyring::enable(std::string_view name, std::string_view tenant,
                                   const key_id& version, std::int64_t now_ms) {
  auto found = existing(name, tenant);
  if (!found)
    return found.error();
  auto one = existing(**found, version);
  if (!one)
    return one.error();
  if ((*one)->state != key_state::disabled)
    return error{errc::invalid_argument,
                 fmt::format("version {} of key '{}' is {}, not disabled", to_hex(version),
                             display_name(name, tenant), crypto::name((*one)->state))};
  move_to(**one, key_state::enabled, now_ms);
  return {};
}

core::result<void> keyring::destroy(std::string_view name, std::string_view tenant,
                                    const std::optional<key_id>& version, std::int64_t now_ms) {
  auto found = existing(name, tenant);
  if (!found)
    return found.error();
  if (version) {
    auto one = existing(**found, *version);
    if (!one)
      return one.error();
    if ((*one)->state == key_state::destroyed)
      return error{errc::invalid_argument,
                   fmt::format("version {} of key '{}' is destroyed already", to_hex(*version),
                               display_name(name, tenant))};
    move_to(**one, key_state::destroyed, now_ms);
    return {};
  }
  if (!(*found)->hash_key)
    return destroyed_key(name, tenant);
  for (auto& one : (*found)->versions)
    if (one.state != key_state::destroyed)
      move_to(one, key_state::destroyed, now_ms);
  (*found)->hash_key.reset();
  return {};
}

} // namespace lepton::crypto
