#include "cli/keys_steps.hpp"

#include "cli/admin_gate.hpp"
#include "cli/exit_codes.hpp"
#include "crypto/secret.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

namespace lepton::cli {

int fail(const core::error& failure, int code) {
  fmt::print(stderr, "lepton: {}\n", failure.message());
  return code;
}

int gated(std::string_view verb, const std::string& resource, const keys_command& options,
          const std::function<core::result<void>()>& does) {
  if (options.keyring.empty()) {
    fmt::print(stderr, "lepton: name the keyring with --keyring or LEPTON_KEYRING\n");
    return exit_usage;
  }
  crypto::harden_process();
  auto& gate = current_admin_gate();
  if (!options.version.empty())
    gate.set_arguments(options.version);
  if (auto allowed = gate.before(verb, resource); !allowed)
    return fail(allowed.error(), exit_failed);
  const auto done = does();
  gate.after(verb, resource, done.ok());
  return done ? exit_ok : fail(done.error(), exit_failed);
}

std::string keyring_resource(const keys_command& options) {
  std::error_code failed;
  const auto path = std::filesystem::weakly_canonical(options.keyring, failed);
  return "keyring:" + (failed ? options.keyring : path.string());
}

core::result<crypto::keyring_file> open_keyring_file(const keys_command& options) {
  // First: nobody should type a passphrase for a file that cannot be opened anyway.
  if (auto header = crypto::keyring_file::read_header(options.keyring); !header)
    return header.error();
  auto secret = read_keyring_secret(options.secret, options.keyring);
  if (!secret)
    return secret.error();
  return crypto::keyring_file::open(options.keyring, std::move(*secret));
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

} // namespace lepton::cli
