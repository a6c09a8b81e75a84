#pragma once

#include "connectors/zeromq/link_frames.hpp"
#include "connectors/zeromq/link_raw_batch.hpp"
#include "connectors/zeromq/seen_table.hpp"
#include "core/metrics.hpp"
#include "core/source.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

struct link_receiver_settings {
  std::int64_t credit_records = 32'768; ///< that one sender may have unsettled here
  std::int64_t credit_bytes = 8 << 20;
  std::size_t max_senders = 16;
  core::poll_budget batch{4096, 1 << 20}; ///< of one batch that is handed out
  seen_table::options seen;
};

/// What the receiver of an acknowledged link does with messages: sessions, credit, repeats,
/// acknowledgements. Knows nothing of sockets. One thread.
class link_receiver {
public:
  using clock = std::chrono::steady_clock;
  /// Sends a frame to the peer with this routing id. May fail silently: every answer is repeated.
  using answer = std::function<void(const std::string& peer, const std::string& frame)>;

  link_receiver(link_receiver_settings settings, answer send, core::counter& repeats,
                core::counter& unchecked);

  core::result<void> open() { return seen_.open(settings_.seen); }

  /// One message of a peer. `user` is its name by CURVE; empty: it has none. Malformed messages and
  /// those of strangers are answered, counted and dropped. An error is final (the disk).
  core::result<void> hear(const std::string& peer, std::string_view user,
                          std::shared_ptr<const zmq_frame> frame, clock::time_point now);

  /// Batches to hand out since the last call.
  std::vector<core::raw_batch_ptr> take();

  /// Everything that came of one of those batches is settled.
  core::result<void> settled(std::uint64_t message);
  /// Answers those whose batches were settled since the last call, and lets waiting senders in.
  void acknowledge(clock::time_point now);
  /// Once a second: writes out, forgets peers that are silent.
  core::result<void> tick(clock::time_point now);

  std::size_t senders() const noexcept { return streams_.size(); }
  std::uint64_t malformed() const noexcept { return malformed_; }

private:
  using stream_key = std::pair<std::string, std::string>; ///< edge, stream

  /// A message whose records are not settled yet, or wait for an earlier one.
  struct message_state {
    std::uint64_t number = 0;
    std::uint64_t seen = 0; ///< number at `seen_`; 0 = nothing in it was new
    std::size_t parts = 0;  ///< batches that are not settled
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  struct stream {
    std::uint64_t session = 0;
    std::uint32_t attempt = 0;
    std::string peer;           ///< routing id of the connection in use; empty = none
    std::uint64_t received = 0; ///< sequence of the last message
    std::uint64_t acknowledged = 0;
    std::uint64_t granted_records = 0; ///< since the last hello
    std::uint64_t granted_bytes = 0;
    std::deque<message_state> open;   ///< of sequences `acknowledged` + 1 .. `received`
    std::deque<std::uint64_t> former; ///< sessions that were taken over
    std::shared_ptr<const std::string> topic;
    bool owed = false; ///< an answer
    struct waiting_hello {
      std::uint64_t session;
      std::uint64_t next;
      std::uint32_t attempt;
      std::string peer;
    };
    std::optional<waiting_hello> next; ///< until what the session before left is settled
  };
  struct peer_state {
    stream_key stream;
    clock::time_point heard;
  };

  core::result<void> hear_hello(const std::string& peer, std::string_view user,
                                const link_hello& hello, clock::time_point now);
  core::result<void> hear_batch(const std::string& peer, const link_batch& batch,
                                std::shared_ptr<const zmq_frame> frame);
  core::result<void> accept(stream& from, const stream_key& key, const link_batch& batch,
                            std::shared_ptr<const zmq_frame> frame);
  void begin(stream& at, const stream::waiting_hello& hello);
  void settle_front(stream& at);
  void refuse(const std::string& peer, bool final, std::string_view reason);
  stream* stream_of(const std::string& peer);

  link_receiver_settings settings_;
  answer send_;
  core::counter& repeats_;
  core::counter& unchecked_;
  seen_table seen_;
  std::map<stream_key, stream> streams_;
  std::map<std::string, peer_state> peers_;      ///< by routing id
  std::map<std::uint64_t, stream_key> messages_; ///< number -> stream, of all open ones
  std::uint64_t next_number_ = 1;
  std::uint64_t malformed_ = 0;
  std::vector<core::raw_batch_ptr> ready_;
};

} // namespace lepton::connectors
