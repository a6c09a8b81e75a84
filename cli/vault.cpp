#include "cli/vault.hpp"

#include "crypto/keyring/live_keyring.hpp"
#include "crypto/keyring/subject_keys.hpp"
#include "crypto/vault/keyring_vault.hpp"

#include <spdlog/spdlog.h>

namespace lepton::cli {

namespace {

core::result<crypto::root_material> material_of(const pipelines::keyring_settings& settings) {
  if (!settings.key_file.empty())
    return crypto::root_material::key_file(settings.key_file);
  if (!settings.credential.empty())
    return crypto::root_material::credential(settings.credential);
  const std::span bytes{reinterpret_cast<const std::uint8_t*>(settings.passphrase.data()),
                        settings.passphrase.size()};
  return crypto::root_material::passphrase(crypto::secret::of(bytes));
}

void log_change(const crypto::keyring_status& status) {
  if (status.healthy)
    spdlog::info("keyring: version {} is in use", status.version);
  else
    spdlog::error("keyring: {}; going on with version {}", status.error, status.version);
}

} // namespace

core::result<std::shared_ptr<core::vault>> open_vault(const pipelines::checked_pipeline& pipeline) {
  const auto& settings = pipeline.settings.keyring;
  if (!settings)
    return std::shared_ptr<core::vault>{};
  crypto::harden_process();
  if (settings->strict)
    LEPTON_TRY(crypto::require_locked_memory());
  auto material = material_of(*settings);
  if (!material)
    return material.error();
  auto opened =
      crypto::live_keyring::open(settings->path, std::move(*material), {.on_change = log_change});
  if (!opened)
    return opened.error();
  std::shared_ptr<crypto::live_keyring> keys = std::move(*opened);
  auto subjects = crypto::subject_keys::open(*keys);
  if (!subjects)
    return subjects.error();
  if (!crypto::secrets_are_locked())
    spdlog::warn("the memory of keys cannot be locked (see `ulimit -l`): it may be swapped out");
  return std::shared_ptr<core::vault>{
      std::make_shared<crypto::keyring_vault>(std::move(keys), std::move(*subjects))};
}

} // namespace lepton::cli
