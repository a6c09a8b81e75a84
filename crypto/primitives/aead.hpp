#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lepton::crypto {

/// One authenticated cipher with associated data, with keys of 32 bytes. Says nothing about which
/// nonces were used: that no (key, nonce) is used twice is the caller's part.
///
/// `seal` writes plaintext size + `tag_size` bytes to `out`; `open` writes sealed size -
/// `tag_size`. Both are false, and write nothing, for a key or nonce of another size; `open` is
/// false with `out` wiped if anything was changed. `out` may not overlap the input.
struct aead {
  using bytes = std::span<const std::uint8_t>;
  std::size_t nonce_size = 0;
  std::size_t tag_size = 0;
  bool (*seal)(bytes plain, bytes associated, bytes nonce, bytes key,
               std::uint8_t* out) noexcept = nullptr;
  bool (*open)(bytes sealed, bytes associated, bytes nonce, bytes key,
               std::uint8_t* out) noexcept = nullptr;
};

/// draft-irtf-cfrg-xchacha-03: nonce 24, tag 16.
const aead& aead_xchacha20() noexcept;
/// draft-irtf-cfrg-aegis-aead: nonce 32, tag 32.
const aead& aead_aegis256() noexcept;

/// Whether this CPU has the AES instructions that make AEGIS the fastest.
bool has_fast_aes() noexcept;

} // namespace lepton::crypto
