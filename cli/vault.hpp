#pragma once

#include "core/metrics.hpp"
#include "core/result.hpp"
#include "core/sealing.hpp"
#include "crypto/vault/keyring_vault.hpp"
#include "pipelines/checked_pipeline.hpp"

#include <memory>

namespace lepton::crypto {
class live_keyring;
}

namespace lepton::cli {

/// The keyring of a running pipeline; both null if it has none.
struct opened_vault {
  std::shared_ptr<core::vault> vault;
  std::shared_ptr<crypto::live_keyring> keyring;

  /// Shows how the keyring stands.
  void report(core::metrics_registry& metrics) const;
};

/// Opens the keyring of a pipeline and follows it from then on. Turns core dumps and tracing of
/// this process off. Fails if the keyring cannot be opened, or if it is strict and memory cannot be
/// locked. `listener` is told of the use of keys; it may be empty.
core::result<opened_vault> open_vault(const pipelines::checked_pipeline& pipeline,
                                      crypto::key_use_listener listener);

} // namespace lepton::cli
