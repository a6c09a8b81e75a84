#pragma once

#include "actors/messages.hpp"
#include "core/source.hpp"

#include <caf/send.hpp>

#include <atomic>
#include <mutex>

namespace lepton::actors {

/// Turns a connector's wake into one `wake_message`, however often it is called before the actor
/// looks. May be used before the actor exists: `attach` then sends what came too early.
class actor_waker final : public core::waker {
public:
  void wake() noexcept override {
    if (pending_.exchange(true, std::memory_order_acq_rel))
      return;
    const std::lock_guard lock{mutex_};
    if (owner_)
      caf::anon_send(owner_, wake_message{});
  }

  void attach(caf::actor owner) {
    const std::lock_guard lock{mutex_};
    owner_ = std::move(owner);
    if (pending_.load(std::memory_order_acquire))
      caf::anon_send(owner_, wake_message{});
  }

  void detach() {
    const std::lock_guard lock{mutex_};
    owner_ = nullptr;
  }

  /// The actor calls this before it looks, so that a later wake is not missed.
  void seen() noexcept { pending_.store(false, std::memory_order_release); }

private:
  std::atomic<bool> pending_{false};
  std::mutex mutex_;
  caf::actor owner_;
};

} // namespace lepton::actors
