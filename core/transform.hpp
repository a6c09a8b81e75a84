#pragma once

#include "core/batch.hpp"
#include "core/codec.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace lepton::core {

/// Where a transform puts its results. Valid only during the call that received it.
class emitter {
public:
  virtual ~emitter() = default;
  /// Passes `rows` on to output `port` (0 is the default output). Empty batches may be left out.
  virtual void emit(std::size_t port, batch_ptr rows) = 0;
  /// Sends rows of `in` to the component's error output. `in` still holds those rows.
  virtual void fail(const batch_ptr& in, std::span<const row_error> errors) = 0;
  /// Counts rows that were left out on purpose, by cause (e.g. "filtered", "sampled").
  virtual void drop(std::int64_t rows, const char* cause) = 0;
};

/// One operator: batch in, batches out. Knows nothing of actors and threads: each worker has its
/// own instance and calls it from one thread at a time. Never throws, never blocks.
class transform {
public:
  virtual ~transform() = default;

  /// Works on several batches at once (of the same schema). An operator with a cost per call (a
  /// model) makes one call of them; each result stays with its own emitter: `out[i]` for `in[i]`.
  virtual void process(std::span<const batch_ptr> in, std::span<emitter* const> out) {
    for (std::size_t i = 0; i < in.size(); ++i)
      process(in[i], *out[i]);
  }
  virtual void process(const batch_ptr& in, emitter& out) = 0;

  /// How long the caller must wait before it passes on what `process` gave it (throttle), from
  /// now; zero for nearly all. Asked once after each `process`.
  virtual std::chrono::nanoseconds hold() { return {}; }
};

} // namespace lepton::core
