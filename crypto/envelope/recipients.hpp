#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/header.hpp"
#include "crypto/key_source.hpp"
#include "crypto/primitives/signing.hpp"
#include "crypto/secret.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lepton::crypto {

constexpr std::size_t max_recipients = 8;

/// Fills the span with random bytes.
using random_source = std::function<void(std::span<std::uint8_t>)>;

/// The first 16 bytes of BLAKE2b of a public key: names a recipient or a sender in an envelope.
key_id tag_of(std::span<const std::uint8_t> public_key);

/// Between the fixed header and the body of suite `recipients` stand u8 cipher, u8 count, u16 size
/// of a wrapped key, the sender's Ed25519 public key, and for each recipient its tag and the data
/// key wrapped for it.
constexpr std::size_t wrapped_size = 80;
constexpr std::size_t recipient_entry = sizeof(key_id) + wrapped_size;
constexpr std::size_t recipients_size(std::size_t count) {
  return 4 + 32 + count * recipient_entry;
}

/// That part, for a data key of 32 bytes. Empty if a recipient's key is a point of low order.
std::optional<std::string> wrap_for(std::span<const public_identity> recipients,
                                    core::seal_suite cipher, const segment_salt& salt,
                                    std::span<const std::uint8_t, 32> sender_public,
                                    std::span<const std::uint8_t> data_key,
                                    const random_source& random);

/// What stands in it; views into `part`.
struct recipient_list {
  core::seal_suite cipher;
  std::span<const std::uint8_t, 32> sender;
  std::span<const std::uint8_t> entries;
};

/// Empty if it is no such part; looks at sizes only, so that nothing is computed for a list that is
/// too long or of wrapped keys of another size.
std::optional<recipient_list> read_recipients(std::string_view part) noexcept;

/// The data key, if `own` is among the recipients; at most one X25519.
std::optional<secret> unwrap(const recipient_list& list, const segment_salt& salt,
                             const identity& own);

/// What the sender signs: a label and the BLAKE2b-512 of associated data and sealed body.
std::string signed_text(std::span<const std::uint8_t> associated,
                        std::span<const std::uint8_t> sealed);

} // namespace lepton::crypto
