#pragma once

#include "core/result.hpp"
#include "core/sealing.hpp"
#include "crypto/envelope/header.hpp"

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// Tells an envelope that was put in again from one that is only read again. Thread-safe; shared by
/// all who read one stream in a process. It must be asked about authentic envelopes only.
///
/// It keeps, for each segment, the place of the last `window` envelopes, and for each partition the
/// last envelope: an envelope that is met at another place than before, or that is older than the
/// window allows at a place that was not read yet, is a replay. What was read before the process
/// started is known only if `restore` gave it back. Segments that were used longest ago are
/// forgotten when there are more than `max_segments`.
class replay_guard {
public:
  static constexpr std::size_t window = 4096;
  static constexpr std::size_t max_segments = 8192;

  /// False: a replay. Else it is noted.
  bool admit(const segment_salt& segment, std::uint64_t sequence, const core::read_position& at);

  /// All that is known, for a checkpoint.
  std::string serialize() const;
  /// Takes it over, in place of what is known. Fails (malformed) if these are other bytes.
  core::result<void> restore(std::string_view bytes);

private:
  struct seen {
    std::uint64_t sequence = 0;
    std::int64_t offset = 0;
    std::int32_t partition = -1; ///< -1: nothing
  };
  struct segment_state {
    std::vector<seen> ring;       ///< by sequence; grows to `window`
    std::vector<seen> partitions; ///< the last one of each
    std::uint64_t used = 0;
  };
  struct shard {
    mutable std::mutex mutex;
    absl::flat_hash_map<segment_salt, segment_state> segments;
    std::uint64_t clock = 0;
  };
  static constexpr std::size_t shards = 8;

  static bool admit(segment_state& state, std::uint64_t sequence, const core::read_position& at);
  static void grow(segment_state& state, std::uint64_t sequence);
  static void forget_oldest(shard& from);
  shard& shard_of(const segment_salt& segment) noexcept;

  std::array<shard, shards> shards_;
};

} // namespace lepton::crypto
