#include "crypto/keyring/keyring_format.hpp"

#include "core/assert.hpp"
#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/little_endian.hpp"

#include <fmt/format.h>

#include <cstring>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr std::string_view magic = "LPTNKEYS";
constexpr std::uint16_t format = 1;
constexpr std::size_t bound_size = 104; ///< the part of the header that keys are derived with
constexpr std::size_t checksum_at = 136;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// What one save is sealed with: all of it from the root and the bound part of the header.
struct file_keys {
  secret body;
  secret wrap;
  secret commitment;
};

file_keys derive_file_keys(const secret& root, std::string_view bound) {
  return {derive_key(root.bytes(), "lptn ring body", bound),
          derive_key(root.bytes(), "lptn ring wrap", bound),
          derive_key(root.bytes(), "lptn ring commit", bound)};
}

void write_bound(byte_writer& out, const keyring_header& header) {
  out.raw(magic);
  out.u16(format);
  out.u8(static_cast<std::uint8_t>(header.kind));
  out.u8(0);
  out.u32(0);
  out.u64(header.kdf.passes);
  out.u64(header.kdf.memory);
  out.raw(header.salt);
  out.raw(header.id);
  out.u64(header.version);
  out.raw(header.nonce);
  out.u64(header.body_size);
}

keyring_header read_fields(std::string_view file) {
  byte_reader in{file.substr(magic.size() + 2)};
  keyring_header out;
  out.kind = static_cast<root_kind>(in.u8());
  in.skip(5);
  out.kdf.passes = in.u64();
  out.kdf.memory = in.u64();
  in.raw(out.salt);
  in.raw(out.id);
  out.version = in.u64();
  in.raw(out.nonce);
  out.body_size = in.u64();
  in.raw(out.commitment);
  return out;
}

core::result<void> check_frame(std::string_view file) {
  if (file.empty())
    return error{errc::malformed, "the file is empty"};
  if (file.substr(0, magic.size()) != magic.substr(0, file.size()))
    return error{errc::malformed, "this is no keyring"};
  if (file.size() < keyring_header::size + tag_size)
    return error{errc::malformed,
                 fmt::format("the file is cut off: it has {} bytes, fewer than the smallest "
                             "keyring; restore it from a backup",
                             file.size())};
  if (byte_reader{file.substr(magic.size())}.u16() != format)
    return error{errc::unsupported, "the file has a format version that this build does not know"};
  if (const auto sum = keyring_checksum(file);
      std::memcmp(sum.data(), file.data() + checksum_at, sum.size()) != 0)
    return error{errc::malformed, "the header is damaged; restore the file from a backup"};
  return {};
}

} // namespace

std::array<std::uint8_t, 16> keyring_checksum(std::string_view file) {
  std::array<std::uint8_t, 16> sum;
  crypto_generichash(sum.data(), sum.size(), bytes_of(file), checksum_at, nullptr, 0);
  return sum;
}

core::result<keyring_header> parse_keyring_header(std::string_view file) {
  LEPTON_TRY(check_frame(file));
  const auto header = read_fields(file);
  const auto body = file.size() - keyring_header::size;
  if (body != header.body_size)
    return error{errc::malformed,
                 fmt::format("the file {}: its body has {} bytes instead of {}; restore it from a "
                             "backup",
                             body < header.body_size ? "is cut off" : "has bytes after its end",
                             body, header.body_size)};
  if (header.kind == root_kind::passphrase)
    LEPTON_TRY(check(header.kdf));
  else if (header.kind != root_kind::key_file)
    return error{errc::unsupported, "the file is protected in a way that this build does not know"};
  for (const std::size_t reserved : {11u, 12u, 13u, 14u, 15u})
    if (file[reserved] != 0)
      return error{errc::unsupported, "the header has flags that this build does not know"};
  return header;
}

core::result<keyring> open_keyring(std::string_view file, const keyring_header& header,
                                   const secret& root) {
  const auto keys = derive_file_keys(root, file.substr(0, bound_size));
  if (sodium_memcmp(keys.commitment.data(), header.commitment.data(), header.commitment.size()) !=
      0)
    return error{errc::permission, "it does not open this keyring"};
  const auto sealed = file.substr(keyring_header::size);
  std::string body(sealed.size() - tag_size, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<std::uint8_t*>(body.data()),
                                                 nullptr, nullptr, bytes_of(sealed), sealed.size(),
                                                 bytes_of(file), keyring_header::size,
                                                 header.nonce.data(), keys.body.data()) != 0)
    return error{errc::malformed,
                 "the secret is right, but the content is damaged or was changed by someone who "
                 "does not have it; restore the file from a backup"};
  return keyring_codec::decode(body, header, keys.wrap);
}

std::string seal_keyring(const keyring& keyring, const keyring_header& like, const secret& root) {
  auto header = like;
  header.id = keyring.id();
  randombytes_buf(header.nonce.data(), header.nonce.size());
  // The content has the same length whatever the wrap key is, and the wrap key depends on it.
  const secret any{key_size};
  header.body_size = keyring_codec::encode(keyring, any).size() + tag_size;
  byte_writer out;
  write_bound(out, header);
  LEPTON_ASSERT(out.text().size() == bound_size);
  const auto keys = derive_file_keys(root, out.text());
  out.raw(keys.commitment.bytes());
  out.raw(keyring_checksum(out.text()));
  auto file = out.take();
  const auto body = keyring_codec::encode(keyring, keys.wrap);
  file.resize(keyring_header::size + body.size() + tag_size);
  auto* at = reinterpret_cast<std::uint8_t*>(file.data());
  crypto_aead_xchacha20poly1305_ietf_encrypt(at + keyring_header::size, nullptr, bytes_of(body),
                                             body.size(), at, keyring_header::size, nullptr,
                                             header.nonce.data(), keys.body.data());
  return file;
}

} // namespace lepton::crypto
