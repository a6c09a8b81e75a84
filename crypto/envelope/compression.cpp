#include "crypto/envelope/compression.hpp"

#include "crypto/secret.hpp"

#include <zstd.h>

namespace lepton::crypto {

namespace {

constexpr int level = 1;

} // namespace

bool compress(std::string_view plain, std::string& out) {
  out.resize(ZSTD_compressBound(plain.size()));
  const auto size = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), level);
  if (ZSTD_isError(size))
    return false;
  out.resize(size);
  return true;
}

bool decompress(std::string_view compressed, std::size_t size, std::string& out) {
  const auto begin = out.size();
  out.resize(begin + size);
  const auto got = ZSTD_decompress(out.data() + begin, size, compressed.data(), compressed.size());
  if (!ZSTD_isError(got) && got == size)
    return true;
  out.resize(begin);
  return false;
}

} // namespace lepton::crypto
