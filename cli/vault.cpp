#include "cli/vault.hpp"

#include "crypto/keyring/live_keyring.hpp"
#include "crypto/keyring/subject_keys.hpp"

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

void opened_vault::report(core::metrics_registry& metrics) const {
  if (!keyring)
    return;
  const auto status = keyring->status();
  metrics.gauge(core::metric::keyring_version, {}).set(static_cast<std::int64_t>(status.version));
  metrics.gauge(core::metric::keyring_healthy, {}).set(status.healthy ? 1 : 0);
  metrics.gauge(core::metric::secrets_locked, {}).set(crypto::secrets_are_locked() ? 1 : 0);
}

core::result<opened_vault> open_vault(const pipelines::checked_pipeline& pipeline,
                                      crypto::key_use_listener listener) {
  const auto& settings = pipeline.settings.keyring;
  if (!settings)
    return opened_vault{};
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
  return opened_vault{
      std::make_shared<crypto::keyring_vault>(keys, std::move(*subjects), std::move(listener)),
      keys};
}

} // namespace lepton::cli
