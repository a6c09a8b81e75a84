#pragma once

#include <memory>
#include <mutex>

namespace lepton::pipelines {

/// State that the living replicas of one operator share. The first replica makes it, the last one
/// takes it along: a pipeline that is started again begins afresh. Thread-safe; the state itself
/// must be too.
template <class State>
class replica_shared {
public:
  template <class Make>
  std::shared_ptr<State> get(Make&& make) {
    const std::lock_guard lock{mutex_};
    auto living = state_.lock();
    if (!living) {
      living = make();
      state_ = living;
    }
    return living;
  }

private:
  std::mutex mutex_;
  std::weak_ptr<State> state_;
};

} // namespace lepton::pipelines
