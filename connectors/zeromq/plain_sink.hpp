#pragma once

#include "connectors/zeromq/wake_event.hpp"
#include "connectors/zeromq/zmq_gate.hpp"
#include "core/catalog.hpp"
#include "core/sink.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace lepton::connectors {

struct plain_sink_settings {
  zmq_settings sockets;
  bool publishes = false;     ///< PUB instead of PUSH
  bool has_key = false;       ///< a key frame, with PUB the topic, in front of each payload
  std::string topic;          ///< PUB without a key: topic frame; empty = none
  bool numbers = false;       ///< a sequence frame behind each payload
  bool drops_for_all = false; ///< PUB: what one subscriber has no room for goes to none, counted
};

/// Sends records to any ZeroMQ program: PUSH or PUB, one record is one message. PUSH waits while
/// nobody takes messages; PUB drops for whom it is too fast. A write ends when libzmq has it: what
/// is under way is lost when either process dies.
class plain_sink final : public core::sink {
public:
  plain_sink(std::shared_ptr<const plain_sink_settings> settings, const core::run_context& context);
  ~plain_sink() override;

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;
  core::result<void> close() override;

  const std::string& endpoint() const noexcept { return endpoint_; } ///< of the last `bind`

private:
  void run();
  core::result<void> take_writes();
  void send_batches();
  bool send_record(const core::encoded_batch& batch, const core::encoded_record& record);
  bool send_frames(std::string_view first, bool has_first, std::string_view payload);
  core::result<void> open_socket();
  bool idle();

  std::shared_ptr<const plain_sink_settings> settings_;
  core::counter& dropped_;
  core::ref_ptr<core::waker> owner_;
  wake_event wake_;
  zmq_gate gate_;
  std::string endpoint_;

  std::mutex mutex_;
  std::vector<core::encoded_batch_ptr> incoming_;
  std::vector<core::sink_completion> ended_;
  std::optional<core::error> failure_;
  std::atomic<bool> closing_{false};
  std::atomic<bool> abandoned_{false};
  std::size_t not_written_ = 0;

  // Of the thread:
  std::thread thread_;
  zmq_socket socket_;
  std::deque<core::encoded_batch_ptr> batches_;
  std::size_t next_record_ = 0; ///< of the first of them
  std::vector<core::sink_completion> done_;
  std::uint64_t sender_;
  std::uint64_t number_ = 0;
  std::uint64_t revocations_ = 0;
};

} // namespace lepton::connectors
