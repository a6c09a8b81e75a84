#pragma once

#include "cli/keys.hpp"
#include "core/result.hpp"
#include "crypto/keyring/keyring_file.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace lepton::cli {

/// Prints "lepton: why" and returns `code`.
int fail(const core::error& failure, int code);

/// Runs one verb of `lepton keys` between the gate's `before` and `after`, in a process that dumps
/// no core; returns its exit code. Exit code 2 without a keyring path.
int gated(std::string_view verb, const std::string& resource, const keys_command& options,
          const std::function<core::result<void>()>& does);

/// "keyring:PATH": one name for each file, however it was written, so that rules cannot be evaded.
std::string keyring_resource(const keys_command& options);

/// Opens the keyring that `options` names with the secret that they name.
core::result<crypto::keyring_file> open_keyring_file(const keys_command& options);

/// Milliseconds of Unix time.
std::int64_t now_ms();

} // namespace lepton::cli
