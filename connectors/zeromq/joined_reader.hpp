#pragma once

#include "connectors/zeromq/link_frames.hpp"
#include "connectors/zeromq/spool.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lepton::connectors {

/// Reads the batches of a spool and joins those of one origin that follow each other into one
/// message: a pipeline that writes a few records at a time would else pay for a message for each
/// few when it catches up. Keeps the order; changes no record. One thread.
class joined_reader {
public:
  static constexpr std::size_t most_records = 4096; ///< of a joined message
  static constexpr std::int64_t most_bytes = 1 << 20;

  struct message {
    std::string frame; ///< whose sequence is still to be set
    std::int64_t records = 0;
    std::int64_t bytes = 0; ///< keys and payloads
    std::uint64_t last = 0; ///< index of the last batch in it
  };

  /// The next message, of at most `limit` records unless one batch has more; empty at the end. A
  /// batch that this version does not understand is left out, with a line in the log.
  core::result<std::optional<message>> next(spool& from, std::size_t limit);
  /// `next` would give something, or leave something out.
  bool has_more(const spool& from) const noexcept { return held_ || from.has_unread(); }

private:
  struct part {
    std::uint64_t index = 0;
    std::unique_ptr<std::string> body; ///< stays where it is when the part moves
    link_batch batch;                  ///< views into `body`
    std::int64_t bytes = 0;
  };

  /// Reads a batch into `held_` if there is none. False at the end.
  core::result<bool> hold(spool& from);
  bool fits(const message& so_far, const link_origin& origin, std::size_t limit) const;

  std::optional<part> held_; ///< read, not handed out
};

} // namespace lepton::connectors
