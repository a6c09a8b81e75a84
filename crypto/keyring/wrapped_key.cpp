#include "crypto/keyring/wrapped_key.hpp"

#include "core/assert.hpp"

#include <cstdint>

#include <sodium.h>

namespace lepton::crypto {

namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(wrap_overhead == nonce_size + crypto_aead_xchacha20poly1305_ietf_ABYTES);

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

} // namespace

std::string wrap_secret(const secret& plain, std::string_view context, const secret& wrap_key) {
  std::string out(plain.size() + wrap_overhead, '\0');
  auto* at = reinterpret_cast<std::uint8_t*>(out.data());
  randombytes_buf(at, nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(at + nonce_size, nullptr, plain.data(), plain.size(),
                                             bytes_of(context), context.size(), nullptr, at,
                                             wrap_key.data());
  return out;
}

std::optional<secret> unwrap_secret(std::string_view wrapped, std::string_view context,
                                    const secret& wrap_key) {
  LEPTON_ASSERT(wrapped.size() > wrap_overhead);
  secret out{wrapped.size() - wrap_overhead};
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          out.data(), nullptr, nullptr, bytes_of(wrapped) + nonce_size, wrapped.size() - nonce_size,
          bytes_of(context), context.size(), bytes_of(wrapped), wrap_key.data()) != 0)
    return std::nullopt;
  return out;
}

} // namespace lepton::crypto
