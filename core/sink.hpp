#pragma once

#include "core/codec.hpp"
#include "core/encoded_batch.hpp"
#include "core/result.hpp"
#include "core/source.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace lepton::core {

/// The end of one `sink::write`.
struct sink_completion {
  encoded_batch_ptr batch;
  std::vector<row_error> failed; ///< rows (indices into `batch->records`) that the peer refused
};

/// Tells where the peer of a sink puts a record, to those who must know before they write.
/// Thread-safe.
class partitioner {
public:
  virtual ~partitioner() = default;
  /// The partition of records with this key (not empty); -1 while the sink is not open, or if it
  /// leaves the choice to its peer.
  virtual std::int32_t partition_of(std::string_view key) const noexcept = 0;
};

/// One instance of a sink. All calls come from one thread that the instance has for itself.
class sink {
public:
  virtual ~sink() = default;

  /// Connects or opens. Called once. May block; a failure ends the run with its message.
  virtual result<void> open(ref_ptr<waker> owner) = 0;

  /// Takes a batch over. May block on a local device, never on a network peer: a network sink
  /// queues, and the owner's credit bounds that queue.
  virtual result<void> write(encoded_batch_ptr batch) = 0;

  /// Appends the writes that ended since the last call (in order). The instance calls
  /// `waker::wake` when there is one. An error is final for this instance.
  virtual result<void> poll(std::vector<sink_completion>& ended) = 0;

  /// Periodic work, about every 100 ms (rotation, statistics).
  virtual result<void> tick() { return {}; }

  /// Asks to write out what is buffered without waiting for more. Does not block.
  virtual void flush() {}

  /// Closes after everything was written, or gives up what was not. May block for up to 10 s.
  virtual result<void> close() { return {}; }

  virtual bool connected() const { return true; }
};

} // namespace lepton::core
