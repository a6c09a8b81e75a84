#include "crypto/vault/keyring_vault.hpp"

#include <fmt/format.h>

namespace lepton::crypto {

namespace {

/// The key of one subject, seen as a key source.
class subject_view final : public key_source {
public:
  subject_view(std::shared_ptr<key_source> keys, std::shared_ptr<subject_key_source> subjects,
               std::string subject)
      : keys_{std::move(keys)}, subjects_{std::move(subjects)}, subject_{std::move(subject)} {}

  std::uint64_t generation() const noexcept override { return subjects_->generation(); }

  key_version_ptr primary(std::string_view name, std::string_view tenant) const override {
    return subjects_->for_sealing(name, tenant, subject_);
  }

  key_version_ptr find(std::string_view name, std::string_view tenant,
                       const key_id& id) const override {
    auto found = subjects_->for_opening(name, tenant, subject_);
    return found && found->id == id ? found : nullptr;
  }

  key_version_ptr hash_key(std::string_view name, std::string_view tenant) const override {
    return keys_->hash_key(name, tenant);
  }
  identity_ptr own_identity() const override { return keys_->own_identity(); }
  void missing(const key_id&) override {}

private:
  std::shared_ptr<key_source> keys_;
  std::shared_ptr<subject_key_source> subjects_;
  std::string subject_;
};

core::error no_key(std::string_view key, std::string_view tenant) {
  return {core::errc::not_found,
          fmt::format("the keyring has no key `{}`{} that may be used; `lepton keys list` shows "
                      "the keys, `lepton keys add` makes one",
                      key, tenant.empty() ? "" : fmt::format(" of tenant `{}`", tenant))};
}

core::error no_subjects() {
  return {core::errc::unsupported, "this keyring keeps no keys of subjects"};
}

} // namespace

core::result<std::shared_ptr<key_source>> keyring_vault::source_for(const std::string& subject) {
  if (subject.empty())
    return keys_;
  if (!subjects_)
    return no_subjects();
  return std::shared_ptr<key_source>{std::make_shared<subject_view>(keys_, subjects_, subject)};
}

core::result<std::unique_ptr<core::sealer>>
keyring_vault::make_sealer(const core::seal_options& options) {
  const auto source = source_for(options.subject);
  if (!source)
    return source.error();
  if (!keys_->primary(options.key, options.tenant))
    return no_key(options.key, options.tenant);
  if (options.subject.empty())
    used("seal", options.tenant, options.key);
  return make_envelope_sealer(*source, options);
}

core::result<std::unique_ptr<core::opener>>
keyring_vault::make_opener(const core::open_options& options) {
  const auto source = source_for(options.subject);
  if (!source)
    return source.error();
  if (options.subject.empty())
    used("open", options.tenant, options.key);
  return make_envelope_opener(*source, options,
                              options.detect_replay ? guard_of(options) : nullptr);
}

std::shared_ptr<replay_guard> keyring_vault::guard_of(const core::open_options& options) {
  const std::lock_guard lock{mutex_};
  auto& guard = guards_[{options.key, options.tenant, options.pipeline, options.schema}];
  if (!guard)
    guard = std::make_shared<replay_guard>();
  return guard;
}

core::result<void> keyring_vault::prepare_subjects(std::string_view key, std::string_view tenant,
                                                   std::span<const std::string_view> subjects) {
  if (!subjects_)
    return no_subjects();
  return subjects_->prepare(key, tenant, subjects);
}

core::result<std::string> keyring_vault::hash(std::string_view key, std::string_view tenant,
                                              std::string_view purpose, std::string_view value) {
  const auto found = keys_->hash_key(key, tenant);
  if (!found)
    return no_key(key, tenant);
  return seal_hash(*found, purpose, value);
}

void keyring_vault::used(std::string_view verb, std::string_view tenant, std::string_view key) {
  if (listener_)
    listener_(verb, tenant.empty() ? std::string{key} : fmt::format("{}/{}", tenant, key));
}

} // namespace lepton::crypto
