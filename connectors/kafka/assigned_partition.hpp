#pragma once

#include "connectors/kafka/offset_tracker.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lepton::core {
class gauge;
}

namespace lepton::connectors {

/// One partition during one assignment to this consumer: how far it was read, how far it is
/// settled.
struct assigned_partition {
  std::shared_ptr<const std::string> topic;
  std::int32_t partition = 0;
  std::uint64_t epoch = 0; ///< of this assignment; no other has it
  offset_tracker tracker;
  bool revoking = false;           ///< nothing more is handed out
  std::optional<std::int64_t> end; ///< with exit_at_end: where to stop; empty = not known yet
  bool at_end = false;             ///< `end` is reached
  core::gauge* lag = nullptr;

  /// The next offset to be read is `next`.
  void reached(std::int64_t next) noexcept { at_end = at_end || (end && next >= *end); }
};

} // namespace lepton::connectors
