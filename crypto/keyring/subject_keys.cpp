#include "crypto/keyring/subject_keys.hpp"

#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/wrapped_key.hpp"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr std::int64_t look_every_ns = 500'000'000;

std::int64_t now_ns() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::int64_t unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string_view view(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

subject_tag tag_of(const secret& tag_key, std::string_view subject) {
  subject_tag tag;
  crypto_generichash(tag.bytes.data(), tag.bytes.size(),
                     reinterpret_cast<const std::uint8_t*>(subject.data()), subject.size(),
                     tag_key.data(), tag_key.size());
  wipe_stack();
  return tag;
}

error may_not_seal(std::string_view name, std::string_view tenant) {
  return {errc::permission, fmt::format("key '{}' has no primary version, so nothing may be sealed "
                                        "below it",
                                        display_name(name, tenant))};
}

bool opens(const named_key& key) {
  return key.hash_key && std::any_of(key.versions.begin(), key.versions.end(),
                                     [](const auto& one) { return may_open(one.state); });
}

} // namespace

core::result<std::unique_ptr<subject_keys>> subject_keys::open(const live_keyring& keyring) {
  auto store = subject_store::open(keyring.path() + ".subjects", keyring.snapshot()->id());
  if (!store)
    return store.error();
  std::unique_ptr<subject_keys> out{new subject_keys{keyring, std::move(*store)}};
  out->destructions_ = out->store_.destructions();
  out->looked_ns_ = now_ns();
  return out;
}

std::size_t subject_keys::size() const {
  const std::lock_guard hold{mutex_};
  return store_.size();
}

std::uint64_t subject_keys::generation() const noexcept {
  if (now_ns() - looked_ns_.load(std::memory_order_relaxed) >= look_every_ns) {
    const std::lock_guard hold{mutex_};
    follow();
  }
  return keyring_.generation() + destructions_.load(std::memory_order_acquire);
}

/// Drops the keys held here if anything was destroyed. With the mutex held.
void subject_keys::follow() const noexcept {
  if (now_ns() - looked_ns_.load(std::memory_order_relaxed) < look_every_ns)
    return;
  looked_ns_.store(now_ns(), std::memory_order_relaxed);
  const auto now = store_.destructions();
  if (now == destructions_.load())
    return;
  young_.clear();
  old_.clear();
  destructions_.store(now, std::memory_order_release);
}

core::result<const subject_keys::scope*> subject_keys::scope_of(std::string_view name,
                                                                std::string_view tenant) {
  follow();
  if (const auto now = keyring_.generation(); now != scopes_generation_) {
    scopes_.clear();
    young_.clear();
    old_.clear();
    scopes_generation_ = now;
  }
  std::pair<std::string, std::string> which{name, tenant};
  if (const auto found = scopes_.find(which); found != scopes_.end())
    return &found->second;
  const auto snapshot = keyring_.snapshot();
  const auto* key = snapshot->find(name, tenant);
  if (!key || !opens(*key))
    return error{errc::not_found,
                 fmt::format("the keyring has no key '{}', or it is disabled or destroyed",
                             display_name(name, tenant))};
  const auto bytes = key->hash_key->bytes.bytes();
  scope made{derive_key(bytes, "lptn subject tag", {}), derive_key(bytes, "lptn subj wrap", {}),
             key->primary() != nullptr};
  return &scopes_.emplace(std::move(which), std::move(made)).first->second;
}

std::string subject_keys::context_of(const subject_tag& tag) const {
  return join_parts({"subject", view(keyring_id_), view(tag.bytes)});
}

key_version_ptr subject_keys::cached(const subject_tag& tag) {
  if (const auto found = young_.find(tag); found != young_.end())
    return found->second;
  const auto found = old_.find(tag);
  if (found == old_.end())
    return nullptr;
  auto key = found->second;
  keep(tag, key);
  return key;
}

void subject_keys::keep(const subject_tag& tag, const key_version_ptr& key) {
  if (young_.size() >= max_cached / 2) {
    std::swap(young_, old_);
    young_.clear();
  }
  young_.insert_or_assign(tag, key);
}

core::result<key_version_ptr> subject_keys::find_tag(std::string_view name, std::string_view tenant,
                                                     const scope& keys, const subject_tag& tag) {
  if (auto key = cached(tag))
    return key;
  if (!store_.knows(tag))
    LEPTON_TRY(store_.refresh());
  const auto record = store_.read(tag);
  if (!record)
    return record.error();
  if (!*record || (*record)->state == subject_state::destroyed)
    return key_version_ptr{};
  auto bytes = unwrap_secret(view((*record)->wrapped), context_of(tag), keys.wrap_key);
  if (!bytes)
    return error{
        errc::malformed,
        fmt::format("a record of the subject store {}.subjects is damaged", keyring_.path())};
  auto key = make_key_version(std::string{name}, std::string{tenant}, std::move(*bytes));
  keep(tag, key);
  return key;
}

core::result<key_version_ptr> subject_keys::find(std::string_view name, std::string_view tenant,
                                                 std::string_view subject) {
  const std::lock_guard hold{mutex_};
  const auto keys = scope_of(name, tenant);
  if (!keys)
    return keys.error();
  return find_tag(name, tenant, **keys, tag_of((*keys)->tag_key, subject));
}

core::result<void> subject_keys::create(const scope& keys, std::span<const subject_tag> tags) {
  std::vector<subject_record> records;
  const auto now = unix_ms();
  for (const auto& tag : tags) {
    subject_record record;
    record.tag = tag;
    record.created_ms = now;
    const auto wrapped = wrap_secret(random_secret(), context_of(tag), keys.wrap_key);
    std::memcpy(record.wrapped.data(), wrapped.data(), record.wrapped.size());
    records.push_back(record);
  }
  return store_.append(records);
}

core::result<void> subject_keys::prepare(std::string_view name, std::string_view tenant,
                                         std::span<const std::string_view> subjects) {
  const std::lock_guard hold{mutex_};
  const auto keys = scope_of(name, tenant);
  if (!keys)
    return keys.error();
  if (!(*keys)->seals)
    return may_not_seal(name, tenant);
  absl::flat_hash_set<subject_tag> unknown;
  for (const auto subject : subjects)
    if (const auto tag = tag_of((*keys)->tag_key, subject); !store_.knows(tag))
      unknown.insert(tag);
  if (unknown.empty())
    return {};
  return create(**keys, std::vector<subject_tag>{unknown.begin(), unknown.end()});
}

core::result<key_version_ptr> subject_keys::get_or_create(std::string_view name,
                                                          std::string_view tenant,
                                                          std::string_view subject) {
  const std::lock_guard hold{mutex_};
  const auto keys = scope_of(name, tenant);
  if (!keys)
    return keys.error();
  if (!(*keys)->seals)
    return may_not_seal(name, tenant);
  const auto tag = tag_of((*keys)->tag_key, subject);
  auto key = find_tag(name, tenant, **keys, tag);
  if (!key || *key)
    return key;
  if (store_.knows(tag))
    return error{errc::permission, "this subject was destroyed; nothing is sealed for it any more"};
  LEPTON_TRY(create(**keys, {&tag, 1}));
  return find_tag(name, tenant, **keys, tag);
}

core::result<bool> subject_keys::destroy(std::string_view name, std::string_view tenant,
                                         std::string_view subject) {
  const std::lock_guard hold{mutex_};
  const auto keys = scope_of(name, tenant);
  if (!keys)
    return keys.error();
  auto done = store_.destroy(tag_of((*keys)->tag_key, subject));
  looked_ns_ = 0;
  follow();
  return done;
}

key_version_ptr subject_keys::for_sealing(std::string_view name, std::string_view tenant,
                                          std::string_view subject) {
  auto key = get_or_create(name, tenant, subject);
  if (!key)
    spdlog::debug("subject key of {}: {}", display_name(name, tenant), key.error().message());
  return key ? *key : nullptr;
}

key_version_ptr subject_keys::for_opening(std::string_view name, std::string_view tenant,
                                          std::string_view subject) {
  auto key = find(name, tenant, subject);
  if (!key)
    spdlog::debug("subject key of {}: {}", display_name(name, tenant), key.error().message());
  return key ? *key : nullptr;
}

} // namespace lepton::crypto
