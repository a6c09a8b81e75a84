#pragma once

#include "core/result.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

using verify_key = std::array<std::uint8_t, 32>; ///< Ed25519, public
using signature = std::array<std::uint8_t, 64>;

/// An Ed25519 key pair. Its texts and its id are those of PASERK: k4.secret, k4.public, k4.pid.
struct signing_key {
  verify_key public_half{};
  secret secret_half; ///< 64 bytes: seed and public half, as libsodium keeps them

  /// A new random one.
  static signing_key generate();
  /// Reads "k4.secret.…" from a file that only its owner may read.
  static core::result<signing_key> load(const std::string& path);
  /// Makes the file, with mode 0600; fails if it exists.
  core::result<void> save(const std::string& path) const;
};

/// "k4.public.…".
std::string to_text(const verify_key& key);
/// Fails with malformed on any other text and on a key that is no point of the curve's main group.
core::result<verify_key> verify_key_from_text(std::string_view text);
/// One key a line; empty lines and those that begin with '#' do not count. At least one.
core::result<std::vector<verify_key>> load_verify_keys(const std::string& path);
/// "k4.pid.…": names a key without being of use as one.
std::string key_id_text(const verify_key& key);

signature sign(const signing_key& key, std::span<const std::uint8_t> message);
bool verifies(const verify_key& key, std::span<const std::uint8_t> message,
              std::span<const std::uint8_t> sig);

} // namespace lepton::crypto
