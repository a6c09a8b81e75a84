#pragma once

#include "crypto/secret.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Bytes that sealing adds: a nonce of 24 and a tag of 16.
constexpr std::size_t wrap_overhead = 40;

/// `plain` sealed under `wrap_key` (XChaCha20-Poly1305, random nonce) and bound to `context`.
std::string wrap_secret(const secret& plain, std::string_view context, const secret& wrap_key);

/// The reverse; empty if anything differs. `wrapped` has more than `wrap_overhead` bytes.
std::optional<secret> unwrap_secret(std::string_view wrapped, std::string_view context,
                                    const secret& wrap_key);

} // namespace lepton::crypto
