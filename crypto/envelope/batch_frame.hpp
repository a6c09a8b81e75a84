#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// One record inside the plaintext of a batch envelope.
struct framed_record {
  std::string_view key;
  std::string_view payload;
  std::int64_t timestamp_ms = -1; ///< -1 = unknown
};

/// Appends the frame of `records` to `out`: for each record, little-endian, u32 key size, u32
/// payload size, i64 timestamp; then for each record its key and its payload.
void frame_records(std::span<const framed_record> records, std::string& out);

/// Reads a frame of `count` records. The views of `out` point into `frame`. Fails (malformed) if
/// sizes do not add up to exactly `frame`; allocates nothing before `count` was checked against it.
core::result<void> unframe_records(std::string_view frame, std::uint32_t count,
                                   std::vector<framed_record>& out);

} // namespace lepton::crypto
