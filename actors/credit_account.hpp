#pragma once

#include "pipelines/plan.hpp"

#include <cstdint>

namespace lepton::actors {

/// What a sender may still send to one receiver, in records and bytes. A batch may be sent while
/// both are above zero, so the receiver's queue is bounded by the grant plus one batch.
class credit_account {
public:
  credit_account() = default;
  explicit credit_account(pipelines::credit_bound initial) : initial_{initial}, left_{initial} {}

  bool open() const noexcept { return left_.records > 0 && left_.bytes > 0; }
  std::int64_t records() const noexcept { return left_.records; }
  std::int64_t bytes() const noexcept { return left_.bytes; }

  void spend(std::int64_t records, std::int64_t bytes) noexcept {
    left_.records -= records;
    left_.bytes -= bytes;
  }
  void grant(std::int64_t records, std::int64_t bytes) noexcept {
    left_.records += records;
    left_.bytes += bytes;
  }
  /// The receiver was replaced by a new one with an empty queue.
  void reset() noexcept { left_ = initial_; }

private:
  pipelines::credit_bound initial_;
  pipelines::credit_bound left_;
};

} // namespace lepton::actors
