// Any bytes as a keyring file, as the same file with a checksum that fits, and as the content that
// a holder of the secret could have sealed. What opens must come out the same when it is sealed and
// opened again.
#include "core/assert.hpp"
#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/keyring_format.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace lepton::crypto;

/// The files of the corpus were sealed with this root secret.
const secret& root() {
  static const secret fixed = [] {
    secret out{key_size};
    std::fill_n(out.data(), out.size(), std::uint8_t{7});
    return out;
  }();
  return fixed;
}

std::size_t versions(const keyring& keys) {
  std::size_t count = 0;
  for (const auto& key : keys.keys())
    count += key.versions.size();
  return count;
}

void open_and_seal_again(const std::string& file) {
  const auto header = parse_keyring_header(file);
  if (!header)
    return;
  LEPTON_ASSERT(header->kind == root_kind::key_file ||
                header->kdf.memory <= kdf_parameters::max_memory);
  const auto keys = open_keyring(file, *header, root());
  if (!keys)
    return;
  const auto again = seal_keyring(*keys, *header, root());
  LEPTON_ASSERT(again.size() == file.size());
  const auto reopened = open_keyring(again, parse_keyring_header(again).value(), root());
  LEPTON_ASSERT(reopened.ok() && versions(*reopened) == versions(*keys));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  start_sodium();
  std::string file{reinterpret_cast<const char*>(data), size};
  open_and_seal_again(file);
  if (size >= keyring_header::size) {
    const auto sum = keyring_checksum(file);
    std::copy(sum.begin(), sum.end(), file.begin() + 136);
    open_and_seal_again(file);
  }
  const auto keys = keyring_codec::decode(file, {}, root());
  LEPTON_ASSERT(!keys || keyring_codec::encode(*keys, root()).size() == size);
  return 0;
}
