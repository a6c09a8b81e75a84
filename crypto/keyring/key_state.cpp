#include "crypto/keyring/key_state.hpp"

#include <sodium.h>

namespace lepton::crypto {

const char* name(key_state state) noexcept {
  switch (state) {
    case key_state::pending: return "pending";
    case key_state::primary: return "primary";
    case key_state::enabled: return "enabled";
    case key_state::disabled: return "disabled";
    case key_state::destroyed: return "destroyed";
  }
  return "unknown";
}

std::string to_hex(const key_id& id) {
  char text[2 * sizeof(key_id) + 1];
  sodium_bin2hex(text, sizeof text, id.data(), id.size());
  return text;
}

std::optional<key_id> key_id_from_hex(std::string_view text) {
  key_id id;
  std::size_t size = 0;
  if (text.size() != 2 * id.size() ||
      sodium_hex2bin(id.data(), id.size(), text.data(), text.size(), nullptr, &size, nullptr) !=
          0 ||
      size != id.size())
    return std::nullopt;
  return id;
}

} // namespace lepton::crypto
