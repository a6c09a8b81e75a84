#pragma once

#include "core/result.hpp"
#include "crypto/key_source.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

constexpr std::size_t max_recipients = 8;
constexpr std::size_t signature_size = 64;

/// "lepton-id-1:" and base64url of both public keys.
std::string to_text(const public_identity& identity);
/// Fails (malformed) for anything that `to_text` does not make.
core::result<public_identity> parse_identity(std::string_view text);

/// First 16 bytes of a hash of a public key: names a recipient or a sender in an envelope.
key_id tag_of(std::span<const std::uint8_t> public_key);

/// Bytes between the fixed header and the body of suite `recipients`: u8 count, the sender's
/// Ed25519 public key, and for each recipient its tag and the data key sealed to it (80 bytes).
constexpr std::size_t recipient_entry = 16 + 80;
constexpr std::size_t recipients_size(std::size_t count) {
  return 1 + 32 + count * recipient_entry;
}

/// That part, for a data key of 32 bytes.
std::string wrap_for(std::span<const public_identity> recipients,
                     std::span<const std::uint8_t> sender_public,
                     std::span<const std::uint8_t> data_key);

/// What stands in it; views into `part`. Empty if it is no such part; looks at sizes only, so that
/// nothing is computed for a list that is too long.
struct recipient_list {
  std::span<const std::uint8_t> sender;
  std::span<const std::uint8_t> entries;
};
std::optional<recipient_list> read_recipients(std::string_view part) noexcept;

/// The data key, if `own` is among the recipients.
std::optional<secret> unwrap(const recipient_list& list, const identity& own);

/// What the sender signs: a hash of everything in front of the signature.
std::string signed_text(std::string_view envelope_without_signature);

} // namespace lepton::crypto
