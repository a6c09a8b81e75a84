#pragma once

#include "core/raw_batch.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace lepton::core {

/// How everything that came out of a raw batch ended.
enum class settlement : std::uint8_t {
  done,    ///< every share was settled
  lost,    ///< a share was given up unseen: its receiver had ended
  crashed, ///< a worker ended while it worked on a share
};

/// Who is told when everything that came out of a raw batch has been settled.
class delivery_observer {
public:
  virtual ~delivery_observer() = default;
  /// Called exactly once for each delivery, from any thread; must be quick and must not throw.
  virtual void settled(raw_batch_ptr batch, settlement how) noexcept = 0;
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
      state_->lower_to(settlement::lost);
  }

  delivery fork() const {
    delivery other;
    other.state_ = state_;
    return other;
  }
  /// This share is settled. The last one tells the observer.
  void done() noexcept { state_ = nullptr; }
  /// The worker that holds this share is about to end because of it.
  void blame() noexcept {
    if (state_)
      state_->lower_to(settlement::crashed);
  }
  explicit operator bool() const noexcept { return static_cast<bool>(state_); }

private:
  struct state : ref_counted {
    state(raw_batch_ptr b, std::shared_ptr<delivery_observer> o)
        : batch{std::move(b)}, observer{std::move(o)} {}
    ~state() override {
      if (observer)
        observer->settled(std::move(batch), how.load(std::memory_order_relaxed));
    }
    void lower_to(settlement to) noexcept {
      auto now = how.load(std::memory_order_relaxed);
      while (now < to && !how.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
      }
    }
    raw_batch_ptr batch;
    std::shared_ptr<delivery_observer> observer;
    std::atomic<settlement> how{settlement::done};
  };
  ref_ptr<state> state_;
};

} // namespace lepton::core
