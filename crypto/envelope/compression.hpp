#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// zstd (RFC 8878) at its fastest useful level. Not thread-safe; keeps its working memory.
class compressor {
public:
  compressor();
  ~compressor();
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  /// The compressed bytes, valid until the next call; empty if they would not be fewer.
  std::string_view compress(std::string_view plain);
  /// Writes to all of `out`; false, with `out` wiped, if it would be more or fewer bytes.
  bool decompress(std::string_view compressed, std::span<std::uint8_t> out);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lepton::crypto
