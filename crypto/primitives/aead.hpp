#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lepton::crypto {

/// One authenticated cipher with associated data. `seal` writes plaintext size + `tag_size` bytes
/// to `out`; `open` writes the plaintext and is false, with `out` wiped, if anything was changed.
struct aead {
  std::size_t nonce_size = 0;
  std::size_t tag_size = 0;
  void (*seal)(std::span<const std::uint8_t> plain, std::span<const std::uint8_t> associated,
               const std::uint8_t* nonce, const std::uint8_t* key, std::uint8_t* out) = nullptr;
  bool (*open)(std::span<const std::uint8_t> sealed, std::span<const std::uint8_t> associated,
               const std::uint8_t* nonce, const std::uint8_t* key, std::uint8_t* out) = nullptr;
};

/// Keys have 32 bytes in both. XChaCha20-Poly1305: draft-irtf-cfrg-xchacha-03, nonce 24, tag 16.
const aead& xchacha20_poly1305() noexcept;
/// AEGIS-256: draft-irtf-cfrg-aegis-aead, nonce 32, tag 32.
const aead& aegis_256() noexcept;

/// Whether this CPU has the AES instructions that make AEGIS the fastest.
bool has_fast_aes() noexcept;

} // namespace lepton::crypto
