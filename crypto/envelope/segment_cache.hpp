#pragma once

#include "crypto/envelope/segment.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace lepton::crypto {

/// The keys of the segments that an opener met, so that an envelope costs no derivation. Keeps the
/// `most` that were used last, in locked memory. Not thread-safe.
class segment_cache {
public:
  static constexpr std::size_t most = 256;

  /// Null if there are none for the segment of this header (96 bytes, of a known suite). What is
  /// found has the header's commitment.
  const segment_keys* find(std::string_view header);
  /// Keeps `keys`, which must have the commitment in `header`.
  const segment_keys* add(std::string_view header, segment_keys keys);
  /// Wipes all.
  void clear();

private:
  static constexpr std::size_t name_size = 1 + header_at::segment_end - header_at::segment;
  using name = std::array<char, name_size>; ///< suite, key id, salt, commitment
  struct name_hash {
    std::size_t operator()(const name& segment) const noexcept;
  };
  struct entry {
    segment_keys keys;
    std::uint64_t used;
  };
  static name name_of(std::string_view header) noexcept;

  std::unordered_map<name, entry, name_hash> entries_;
  name last_name_{};
  entry* last_ = nullptr; ///< of `last_name_`
  std::uint64_t clock_ = 0;
};

} // namespace lepton::crypto
