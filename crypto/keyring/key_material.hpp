#pragma once

#include "crypto/key_source.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// `size` random bytes in locked memory.
secret random_secret(std::size_t size = key_size);

/// The public id of a key: the first 16 bytes of keyed BLAKE2b(key, "lepton key id 1").
key_id id_of(std::span<const std::uint8_t> key);

/// A version with its id computed from `bytes` (key_size).
key_version_ptr make_key_version(std::string name, std::string tenant, secret bytes);

/// A new Ed25519 and X25519 key pair.
identity_ptr make_identity();
/// The pair that these secret halves (64 and 32 bytes) belong to.
identity_ptr identity_from(secret sign_secret, secret box_secret);

/// "lepton-id-1:" and base64url of both public keys: what others name as a recipient or sender.
std::string public_text(const identity& own);

/// 32 bytes for one use of `key` (key_size): BLAKE2b-256 keyed with it, over `context`, with
/// `purpose` (at most 16 characters) as personalisation, so that no two uses share a key.
secret derive_key(std::span<const std::uint8_t> key, std::string_view purpose,
                  std::string_view context);

/// Appends each part behind its length, so that different lists never give the same text.
std::string join_parts(std::initializer_list<std::string_view> parts);

} // namespace lepton::crypto
