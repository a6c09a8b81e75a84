#pragma once

#include "core/result.hpp"
#include "crypto/key_source.hpp"

#include <string>
#include <string_view>

namespace lepton::crypto {

/// "lepton-id-1:" and base64url of both public keys.
std::string to_text(const public_identity& identity);

/// Fails (malformed) for anything that `to_text` does not make.
core::result<public_identity> parse_identity(std::string_view text);

} // namespace lepton::crypto
