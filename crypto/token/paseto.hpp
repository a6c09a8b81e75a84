#pragma once

#include "crypto/token/signing_key.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::crypto {

constexpr std::size_t max_token_size = 8 << 10; ///< characters

/// Pre-authentication encoding: a list of texts as one, so that no two lists give the same.
std::string pae(std::initializer_list<std::string_view> parts);

/// A v4.public token of PASETO (paseto-spec, Version4.md): `payload` and `footer` can be read by
/// everybody, `implicit` is not in the token but must be the same for whoever verifies.
std::string sign_v4_public(const signing_key& key, std::string_view payload,
                           std::string_view footer, std::string_view implicit);

/// What is in a token that is well-formed; proves nothing.
struct unverified_token {
  std::string message; ///< payload and signature
  std::string footer;
};

/// Takes a v4.public token apart. Empty on any other text: other versions and purposes, padding,
/// characters or bits that base64url does not have, a footer that is present but empty, sizes above
/// `max_token_size`.
std::optional<unverified_token> take_apart_v4_public(std::string_view token);

/// The payload if the signature is good for the footer and `implicit`.
std::optional<std::string> verify_v4_public(const unverified_token& token, const verify_key& key,
                                            std::string_view implicit);

} // namespace lepton::crypto
