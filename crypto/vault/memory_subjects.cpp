#include "crypto/vault/memory_subjects.hpp"

#include "crypto/vault/memory_keys.hpp"

namespace lepton::crypto {

core::result<void> memory_subjects::prepare(std::string_view name, std::string_view tenant,
                                            std::span<const std::string_view> subjects) {
  for (const auto subject : subjects)
    (void)for_sealing(name, tenant, subject);
  return {};
}

key_version_ptr memory_subjects::for_sealing(std::string_view name, std::string_view tenant,
                                             std::string_view subject) {
  const std::lock_guard lock{mutex_};
  const auto [entry, is_new] =
      keys_.try_emplace({std::string{name}, std::string{tenant}, std::string{subject}});
  if (is_new)
    entry->second = random_key_version(name, tenant);
  return entry->second;
}

key_version_ptr memory_subjects::for_opening(std::string_view name, std::string_view tenant,
                                             std::string_view subject) {
  const std::lock_guard lock{mutex_};
  const auto found = keys_.find({std::string{name}, std::string{tenant}, std::string{subject}});
  return found == keys_.end() ? nullptr : found->second;
}

void memory_subjects::destroy(std::string_view name, std::string_view tenant,
                              std::string_view subject) {
  const std::lock_guard lock{mutex_};
  keys_[{std::string{name}, std::string{tenant}, std::string{subject}}] = nullptr;
  ++generation_;
}

} // namespace lepton::crypto
