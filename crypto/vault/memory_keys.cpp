#include "crypto/vault/memory_keys.hpp"

#include <algorithm>

#include <sodium.h>

namespace lepton::crypto {

key_version_ptr random_key_version(std::string_view name, std::string_view tenant) {
  auto made = std::make_shared<key_version>();
  made->name = name;
  made->tenant = tenant;
  made->bytes = secret{key_size};
  randombytes_buf(made->bytes.data(), key_size);
  randombytes_buf(made->id.data(), made->id.size());
  return made;
}

std::vector<key_version_ptr>& memory_keys::versions_of(std::string_view name,
                                                       std::string_view tenant) const {
  const auto [entry, is_new] = versions_.try_emplace({std::string{name}, std::string{tenant}});
  if (is_new)
    entry->second.push_back(random_key_version(entry->first.first, entry->first.second));
  return entry->second;
}

key_version_ptr memory_keys::primary(std::string_view name, std::string_view tenant) const {
  const std::lock_guard lock{mutex_};
  const auto& versions = versions_of(name, tenant);
  return versions.empty() ? nullptr : versions.back();
}

key_version_ptr memory_keys::find(std::string_view name, std::string_view tenant,
                                  const key_id& id) const {
  const std::lock_guard lock{mutex_};
  const auto& versions = versions_of(name, tenant);
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const auto& version) { return version->id == id; });
  return found == versions.end() ? nullptr : *found;
}

key_version_ptr memory_keys::hash_key(std::string_view name, std::string_view tenant) const {
  const std::lock_guard lock{mutex_};
  return versions_of(name, "hash key of " + std::string{tenant}).back();
}

void memory_keys::rotate(std::string_view name, std::string_view tenant) {
  const std::lock_guard lock{mutex_};
  auto& versions = versions_of(name, tenant);
  versions.push_back(random_key_version(name, tenant));
  ++generation_;
}

void memory_keys::destroy(std::string_view name, std::string_view tenant) {
  const std::lock_guard lock{mutex_};
  versions_of(name, tenant).clear();
  ++generation_;
}

} // namespace lepton::crypto
