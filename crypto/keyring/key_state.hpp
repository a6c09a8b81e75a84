#pragma once

#include "crypto/key_source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Life of one version of a key. The numbers stand in the keyring file.
enum class key_state : std::uint8_t {
  pending = 1,   ///< opens, does not seal yet: the other processes are still to load it
  primary = 2,   ///< opens and seals; at most one version of a key
  enabled = 3,   ///< was primary; opens
  disabled = 4,  ///< does nothing; can be enabled again
  destroyed = 5, ///< its bytes are gone; only its id is left
};

/// "pending", "primary" and so on.
const char* name(key_state state) noexcept;

constexpr bool may_open(key_state state) noexcept {
  return state == key_state::pending || state == key_state::primary || state == key_state::enabled;
}

/// 32 hexadecimal digits.
std::string to_hex(const key_id& id);
/// Empty if `text` is not 32 hexadecimal digits.
std::optional<key_id> key_id_from_hex(std::string_view text);

} // namespace lepton::crypto
