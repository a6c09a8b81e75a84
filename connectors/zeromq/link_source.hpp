#pragma once

#include "connectors/zeromq/link_receiver.hpp"
#include "connectors/zeromq/wake_event.hpp"
#include "connectors/zeromq/zmq_gate.hpp"
#include "core/catalog.hpp"
#include "core/source.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace lepton::connectors {

struct link_source_settings {
  zmq_settings sockets; ///< endpoints to bind
  link_receiver_settings receiver;
};

/// Receiver of acknowledged links. One thread of its own owns the socket; what it may hold is
/// bounded by the credit that it grants. Acknowledges what is settled, removes repeats. Never ends
/// by itself.
class link_source final : public core::source {
public:
  link_source(std::shared_ptr<const link_source_settings> settings,
              const core::run_context& context);
  ~link_source() override;

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<core::source_poll> poll(core::poll_budget budget) override;
  void settled(const core::raw_batch& batch) override;
  core::result<void> close(bool drained) override;

  /// The endpoints as they are, with the ports that the system chose.
  const std::vector<std::string>& endpoints() const noexcept { return endpoints_; }

private:
  using clock = std::chrono::steady_clock;

  void run();
  core::result<void> turn();
  core::result<void> receive(clock::time_point now);
  core::result<void> take_settled();
  void hand_over();
  void answer(const std::string& peer, const std::string& frame);
  void tell_of_repeats(clock::time_point now);
  void stop() noexcept;

  std::shared_ptr<const link_source_settings> settings_;
  std::string component_;
  core::counter& repeats_;
  core::ref_ptr<core::waker> owner_;
  wake_event wake_;
  zmq_gate gate_;
  std::vector<std::string> endpoints_;

  std::mutex mutex_;
  std::deque<core::raw_batch_ptr> ready_;
  std::vector<std::uint64_t> settled_;
  std::optional<core::error> failure_;
  std::atomic<bool> closing_{false};

  // Of the thread:
  std::thread thread_;
  zmq_socket socket_;
  link_receiver receiver_;
  clock::time_point ticked_{};
  clock::time_point told_{};
  std::int64_t told_repeats_ = 0;
};

} // namespace lepton::connectors
