#include "crypto/envelope/compression.hpp"

#include "crypto/envelope/uninitialized_append.hpp"

#include <sodium.h>
#include <zstd.h>

namespace lepton::crypto {

namespace {

constexpr int level = 1;

} // namespace

struct compressor::state {
  ~state() {
    ZSTD_freeCCtx(writer);
    ZSTD_freeDCtx(reader);
    sodium_memzero(out.data(), out.size());
  }
  ZSTD_CCtx* writer = nullptr;
  ZSTD_DCtx* reader = nullptr;
  std::string out;
};

compressor::compressor() : state_{std::make_unique<state>()} {}
compressor::~compressor() = default;

std::string_view compressor::compress(std::string_view plain) {
  if (!state_->writer)
    state_->writer = ZSTD_createCCtx();
  if (!state_->writer)
    return {};
  const auto bound = ZSTD_compressBound(plain.size());
  if (state_->out.size() < bound)
    append_uninitialized(state_->out, bound - state_->out.size());
  const auto size = ZSTD_compressCCtx(state_->writer, state_->out.data(), bound, plain.data(),
                                      plain.size(), level);
  if (ZSTD_isError(size) || size >= plain.size())
    return {};
  return std::string_view{state_->out}.substr(0, size);
}

bool compressor::decompress(std::string_view compressed, std::span<std::uint8_t> out) {
  if (!state_->reader)
    state_->reader = ZSTD_createDCtx();
  if (state_->reader && ZSTD_decompressDCtx(state_->reader, out.data(), out.size(),
                                            compressed.data(), compressed.size()) == out.size())
    return true;
  sodium_memzero(out.data(), out.size());
  return false;
}

} // namespace lepton::crypto
