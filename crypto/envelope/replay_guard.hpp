#pragma once

#include "core/result.hpp"
#include "core/sealing.hpp"
#include "crypto/envelope/header.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lepton::crypto {

/// Which segment: key id, then salt.
using segment_id = std::array<std::uint8_t, sizeof(key_id) + sizeof(segment_salt)>;

/// Tells an envelope that was put in again from one that is only read again. Thread-safe; shared by
/// all who read one stream in a process. It must be asked about authentic envelopes only.
///
/// For each segment it keeps the places of the last `window` envelopes, and for each partition how
/// sequences grew with offsets, which they do for one sealer. An envelope met at another place than
/// before, or out of that order, is a replay. It cannot tell one that is older than the window and
/// is put into a partition that has not read as far: bind such streams to their partition. Keeps at
/// most `max_segments` (16 bytes for each envelope of a window) and forgets those unused longest.
class replay_guard {
public:
  static constexpr std::size_t window = 4096;
  static constexpr std::size_t max_segments = 512;

  /// False: a replay. Else it is noted.
  bool admit(const segment_id& segment, std::uint64_t sequence, const core::read_position& at);

  /// All that is known, for a checkpoint.
  std::string serialize() const;
  /// Takes it over, in place of what is known. Fails (malformed) if these are other bytes; what is
  /// known then stays.
  core::result<void> restore(std::string_view bytes);

  /// Not a partition: a slot of the window that is free.
  static constexpr std::int32_t nowhere = std::numeric_limits<std::int32_t>::min();
  /// One envelope of a window.
  struct place {
    std::uint32_t sequence = 0;
    std::int32_t partition = nowhere;
    std::int64_t offset = 0;
  };
  /// One partition of a segment.
  struct progress {
    std::int64_t partition = 0;
    std::uint32_t last_sequence = 0; ///< at `last_offset`
    std::uint32_t now_sequence = 0;  ///< at `now_offset`
    std::int64_t last_offset = 0;    ///< the highest that was read
    std::int64_t now_offset = 0;     ///< below `last_offset` after a rewind
  };
  /// What is known of a segment.
  struct history {
    std::vector<place> ring; ///< by sequence; doubles up to `window`
    std::vector<progress> partitions;
    std::uint64_t used = 0;
  };

private:
  struct salt_hash {
    std::size_t operator()(const segment_id& segment) const noexcept;
  };
  struct alignas(64) shard {
    mutable std::mutex mutex;
    std::unordered_map<segment_id, history, salt_hash> segments;
    const segment_id* last_id = nullptr;
    history* last = nullptr; ///< of `last_id`
    std::uint64_t clock = 0;
  };
  static constexpr std::size_t shards = 16;

  static history& history_of(shard& home, const segment_id& segment);
  std::size_t shard_of(const segment_id& segment) const noexcept {
    return salt_hash{}(segment) % shards;
  }

  std::array<shard, shards> shards_;
};

} // namespace lepton::crypto
