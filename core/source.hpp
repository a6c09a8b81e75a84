#pragma once

#include "core/raw_batch.hpp"
#include "core/ref_counted.hpp"
#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace lepton::core {

/// How a connector tells its owner that a poll would give something. Thread-safe and cheap; may be
/// called from a foreign thread, also more often than needed.
class waker : public ref_counted {
public:
  virtual void wake() noexcept = 0;
};

/// What a source may hand out at most in one poll.
struct poll_budget {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

enum class source_state {
  ready,     ///< `batch` is set; more may be there: poll again
  idle,      ///< nothing now; a wake follows, or `retry_after` has passed
  exhausted, ///< nothing will ever follow (end of file, record limit, end offsets reached)
};

struct source_poll {
  source_state state = source_state::idle;
  raw_batch_ptr batch;
  std::chrono::nanoseconds retry_after{0}; ///< idle only; 0 = a wake will follow
};

/// One instance of a source (for Kafka: one lane). All calls come from one thread that the instance
/// has for itself, so it may block for up to 100 ms in `poll` when it has no other way to wait.
class source {
public:
  virtual ~source() = default;

  /// Connects or opens. Called once. May block; a failure ends the run with its message.
  virtual result<void> open(ref_ptr<waker> owner) = 0;

  /// The next batch, of one partition, within `budget` (but always at least one record, so that a
  /// large record cannot get stuck). An error is final for this instance.
  virtual result<source_poll> poll(poll_budget budget) = 0;

  /// Keeps the instance alive with its peer while the owner may not poll for lack of credit, and
  /// does periodic work (commit, statistics). Called about every 100 ms, and also between polls.
  virtual result<void> tick() { return {}; }

  /// Everything that came of `batch` is settled. Called once for each batch that `poll` gave.
  virtual void settled(const raw_batch& batch) { (void)batch; }

  /// False once nobody waits for this batch any more (its partition was taken away): a failed
  /// batch is then not tried again.
  virtual bool owns(const raw_batch& batch) const {
    (void)batch;
    return true;
  }

  /// Ends: commits what is settled and lets go. May block for up to 10 s. `drained` says that every
  /// batch was settled before.
  virtual result<void> close(bool drained) {
    (void)drained;
    return {};
  }

  /// Records not yet read, if the source knows (Kafka: lag over its partitions).
  virtual std::optional<std::int64_t> lag() const { return std::nullopt; }

  /// False while the source has lost its peer (for `/readyz`).
  virtual bool connected() const { return true; }
};

} // namespace lepton::core
