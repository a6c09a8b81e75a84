#pragma once

#include "core/result.hpp"
#include "crypto/keyring/root_secret.hpp"

#include <string>

namespace lepton::cli {

/// Where the secret of a keyring comes from; at most one is not empty.
struct keyring_secret {
  std::string passphrase_file;
  std::string key_file;
  std::string credential;

  bool empty() const { return passphrase_file.empty() && key_file.empty() && credential.empty(); }
};

/// What the environment says: LEPTON_KEYRING_PASSPHRASE_FILE, LEPTON_KEYRING_KEY_FILE or
/// LEPTON_KEYRING_CREDENTIAL; fails if more than one is set.
core::result<keyring_secret> keyring_secret_from_environment();

/// Reads the secret that is named by `where`, else by the environment; if neither names one and the
/// keyring `path` opens with a passphrase, asks for it on the terminal, without echo.
core::result<crypto::root_material> read_keyring_secret(const keyring_secret& where,
                                                        const std::string& path);

/// The same for a secret that is to be used from now on: a typed one is asked for twice, and a
/// passphrase below 8 bytes is refused. The environment, which names the secret until now, is not
/// asked.
core::result<crypto::root_material> read_new_keyring_secret(const keyring_secret& where,
                                                            const std::string& path);

/// One line from the terminal, shown as it is typed; fails where there is none.
core::result<std::string> ask_on_terminal(const std::string& question);

} // namespace lepton::cli
