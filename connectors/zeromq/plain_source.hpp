#pragma once

#include "connectors/zeromq/plain_batch.hpp"
#include "connectors/zeromq/plain_frames.hpp"
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

struct plain_source_settings {
  zmq_settings sockets;
  bool subscribes = false;         ///< SUB instead of PULL
  std::vector<std::string> topics; ///< SUB: prefixes; none = everything
  core::poll_budget batch{4096, 1 << 20};
};

/// Receives messages of any ZeroMQ program: PULL or SUB, one message is one record. While nobody
/// takes batches it stops receiving, so that the high-water marks work. What it has received and
/// not handed on is lost when the process dies. Never ends by itself.
class plain_source final : public core::source {
public:
  plain_source(std::shared_ptr<const plain_source_settings> settings,
               const core::run_context& context);
  ~plain_source() override;

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<core::source_poll> poll(core::poll_budget budget) override;
  core::result<void> close(bool drained) override;

  const std::string& endpoint() const noexcept { return endpoint_; } ///< of the last `bind`

private:
  using batch_ptr = core::ref_ptr<plain_batch>;

  void run();
  bool receive_one();
  void take_message();
  void fault(const std::string& why);
  void begin_batch();
  bool full() const;
  void hand_over();
  void stop() noexcept;

  std::shared_ptr<const plain_source_settings> settings_;
  core::counter& missing_;
  core::ref_ptr<core::waker> owner_;
  wake_event wake_;
  zmq_gate gate_;
  std::string endpoint_;
  std::shared_ptr<const std::string> topic_;
  std::uint64_t life_;

  std::mutex mutex_;
  std::deque<batch_ptr> ready_;
  std::atomic<std::size_t> waiting_{0};    ///< of `ready_`
  std::atomic<bool> partial_waits_{false}; ///< `filling_` has records
  std::atomic<bool> closing_{false};

  // Of the thread:
  std::thread thread_;
  zmq_socket socket_;
  std::vector<zmq_frame> frames_;
  std::vector<std::string_view> views_;
  gap_counter gaps_;
  batch_ptr filling_;
  std::int64_t next_offset_ = 0;
  std::uint64_t sequence_ = 0;
};

} // namespace lepton::connectors
