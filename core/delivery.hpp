#pragma once

#include "core/raw_batch.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace lepton::core {

/// Who is told when everything that came out of a raw batch has been settled.
class delivery_observer {
public:
  virtual ~delivery_observer() = default;
  /// Called exactly once for each delivery, from any thread; must be quick and must not throw.
  /// `ok` is false if any part was given up without being settled (its worker died, say).
  virtual void settled(raw_batch_ptr batch, bool ok) noexcept = 0;
};

/// A share in the promise that a raw batch will be settled: written to every sink, dropped on
/// purpose, or sent to an error output. Move-only; `fork` makes another share. A share that is
/// destroyed without `done()` fails the whole delivery, so a crash can never look like success.
class delivery {
public:
  delivery() = default;
  delivery(raw_batch_ptr batch, std::shared_ptr<delivery_observer> observer)
      : state_{make_ref<state>(std::move(batch), std::move(observer))} {}
  delivery(delivery&&) noexcept = default;
  delivery& operator=(delivery&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~delivery() {
    if (state_)
      state_->failed.store(true, std::memory_order_relaxed);
  }

  delivery fork() const {
    delivery other;
    other.state_ = state_;
    return other;
  }
  /// This share is settled. The last one tells the observer.
  void done() noexcept { state_ = nullptr; }
  explicit operator bool() const noexcept { return static_cast<bool>(state_); }

private:
  struct state : ref_counted {
    state(raw_batch_ptr b, std::shared_ptr<delivery_observer> o)
        : batch{std::move(b)}, observer{std::move(o)} {}
    ~state() override {
      if (observer)
        observer->settled(std::move(batch), !failed.load(std::memory_order_relaxed));
    }
    raw_batch_ptr batch;
    std::shared_ptr<delivery_observer> observer;
    std::atomic<bool> failed{false};
  };
  ref_ptr<state> state_;
};

} // namespace lepton::core
