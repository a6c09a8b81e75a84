#pragma once

#include "connectors/zeromq/send_queue.hpp"
#include "connectors/zeromq/wake_event.hpp"
#include "connectors/zeromq/zmq_gate.hpp"
#include "core/catalog.hpp"
#include "core/sink.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace lepton::connectors {

struct link_sink_settings {
  zmq_settings sockets; ///< one endpoint to connect to
  std::string edge;
  std::string stream;
  std::string spool_path; ///< empty: no spool
  std::int64_t spool_max_size = std::int64_t{1} << 30;
  std::int64_t spool_segment_size = 8 << 20;
  bool spool_fsync = true;
  std::string spool_key; ///< empty: not sealed
  std::string tenant;    ///< of `spool_key`; may be empty
  std::chrono::nanoseconds spool_after{std::chrono::seconds{2}};
};

/// Sender of an acknowledged link. One thread of its own owns the socket and the spool; batches are
/// cut into messages by the thread that writes. Loses nothing: a write ends when the receiver has
/// settled it or the spool has it on disk. Keeps the order.
class link_sink final : public core::sink {
public:
  link_sink(std::shared_ptr<const link_sink_settings> settings, const core::run_context& context);
  ~link_sink() override;

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;
  void flush() override;
  core::result<void> close() override;
  bool connected() const override { return connected_.load(); }

private:
  using clock = std::chrono::steady_clock;
  struct incoming_write {
    core::encoded_batch_ptr batch;
    std::vector<link_part> parts;
    std::vector<core::row_error> failed;
  };

  core::result<std::unique_ptr<spool>> open_spool();
  // The thread of the socket:
  void run();
  core::result<void> turn();
  void wait();
  core::result<void> take_writes(clock::time_point now);
  core::result<void> receive(clock::time_point now);
  core::result<void> hear(const link_message& message, clock::time_point now);
  core::result<void> hear_grant(const link_grant& grant, clock::time_point now);
  core::result<void> hear_refusal(const link_refusal& refusal, clock::time_point now);
  core::result<void> keep_alive(clock::time_point now);
  core::result<void> reconnect();
  void greet(clock::time_point now);
  void send_frames(clock::time_point now);
  bool send_frame(const send_queue::frame_ptr& frame);
  void hand_over();
  bool finished(clock::time_point now);

  std::shared_ptr<const link_sink_settings> settings_;
  std::string component_;
  std::string pipeline_;
  core::vault* vault_;
  core::gauge& spool_batches_;
  core::gauge& spool_bytes_;
  core::ref_ptr<core::waker> owner_;
  wake_event wake_;
  zmq_gate gate_;

  std::mutex mutex_;
  std::vector<incoming_write> incoming_;
  std::vector<core::sink_completion> ended_;
  std::optional<core::error> failure_;
  std::size_t not_written_ = 0; ///< writes that were given up at the end
  std::atomic<bool> urgent_{false};
  std::atomic<bool> closing_{false};
  std::atomic<bool> abandoned_{false}; ///< closing is not to wait for anything
  std::atomic<bool> connected_{false};

  // Of the thread:
  std::thread thread_;
  zmq_socket socket_;
  std::optional<send_queue> queue_;
  std::uint64_t session_;
  std::uint32_t attempt_ = 0;
  bool greeted_ = false;       ///< the receiver answered the last hello
  bool blocked_ = false;       ///< libzmq takes no more now
  std::size_t unfinished_ = 0; ///< writes taken and not ended
  clock::time_point heard_{};
  clock::time_point spoke_{};
  clock::time_point greet_at_{};
  clock::time_point warned_{};
  clock::time_point urgent_since_{};
  clock::time_point give_up_at_{};
};

} // namespace lepton::connectors
