#pragma once

#include "connectors/zeromq/joined_reader.hpp"
#include "connectors/zeromq/link_batch_maker.hpp"
#include "connectors/zeromq/spool.hpp"
#include "core/sink.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace lepton::connectors {

/// What a sender of an acknowledged link still has to deliver, in order: in memory while the other
/// side keeps up, else in the spool. A write ends when the other side has acknowledged it or when
/// the spool has it on disk, whichever is first; so whoever reads the source again after a crash
/// reads what neither has. Knows nothing of sockets. One thread.
class send_queue {
public:
  using clock = std::chrono::steady_clock;
  using frame_ptr = std::shared_ptr<const std::string>;

  /// Without a spool everything waits in memory. `patience` is how long the oldest batch may wait
  /// for its acknowledgement before the spool is used.
  send_queue(std::unique_ptr<spool> spool, clock::duration patience);

  void add(core::encoded_batch_ptr write, std::vector<link_part> parts,
           std::vector<core::row_error> failed, clock::time_point now);

  /// Moves what waits too long to the disk and takes back what may be sent. `urgent`: nothing is to
  /// wait any more. An error is final.
  core::result<void> work(clock::time_point now, bool urgent);

  /// What is sent is counted against these from now on; all that is not acknowledged is to be sent
  /// again.
  void begin_again();
  void set_grant(std::uint64_t records, std::uint64_t bytes);
  /// The next frame that may be sent now; null if there is none or no credit for it.
  frame_ptr next_frame() const;
  /// That frame was sent.
  void sent();
  /// Every batch up to `sequence` is settled. False if it was never sent.
  core::result<bool> acknowledge(std::uint64_t sequence);

  /// Sequence of the first batch that is not acknowledged, or that the next one will have.
  std::uint64_t first_sequence() const noexcept {
    return window_.empty() ? next_sequence_ : window_.front().sequence;
  }
  /// `work` would take something back from the disk.
  bool wants_refill() const noexcept;
  /// Appends the writes that ended.
  void take_ended(std::vector<core::sink_completion>& out);
  bool has_ended() const noexcept { return !ended_.empty(); }
  bool spooling() const noexcept { return spooling_; }
  /// Nothing waits for an acknowledgement, nor on disk.
  bool empty() const noexcept { return window_.empty() && waiting_.empty() && !has_spooled(); }
  /// Nothing waits that would be lost with this process's memory.
  bool safe() const noexcept;
  const spool* disk() const noexcept { return spool_.get(); }

private:
  /// A batch with a sequence.
  struct entry {
    std::uint64_t sequence = 0;
    frame_ptr frame;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::uint64_t spool_index = 0; ///< 0 = not on disk
    clock::time_point since;
    core::sink_completion ends; ///< the write that ends with it; null batch = none, or it has ended
  };
  /// A write that is to go to the spool.
  struct waiting_write {
    core::sink_completion ends;
    std::vector<link_part> parts;
    std::size_t next = 0; ///< part
    clock::time_point since;
  };

  bool has_spooled() const noexcept { return spool_ && !spool_->empty(); }
  bool has_unread() const noexcept { return spool_ && reader_.has_more(*spool_); }
  bool has_unsent() const noexcept { return next_to_send_ < window_.size(); }
  bool has_credit() const noexcept { return used_records_ < records_ && used_bytes_ < bytes_; }
  void push(std::string frame, std::int64_t records, std::int64_t bytes, std::uint64_t spool_index,
            clock::time_point now);
  void push_parts(waiting_write& from);
  core::result<void> begin_spooling(clock::time_point now);
  void leave_unsent_on_disk();
  core::result<void> spool_waiting(clock::time_point now);
  core::result<void> refill(clock::time_point now);
  void end(core::sink_completion& write);
  void no_room(clock::time_point now);

  std::unique_ptr<spool> spool_;
  joined_reader reader_;
  clock::duration patience_;
  std::deque<entry> window_;
  std::size_t next_to_send_ = 0; ///< index into `window_`
  std::uint64_t next_sequence_ = 1;
  std::uint64_t last_sent_ = 0; ///< highest sequence that was ever sent
  std::deque<waiting_write> waiting_;
  std::vector<core::sink_completion> ended_;
  bool spooling_ = false;
  clock::time_point try_disk_at_{};
  bool told_no_room_ = false;
  std::uint64_t records_ = 0; ///< granted
  std::uint64_t bytes_ = 0;
  std::uint64_t used_records_ = 0;
  std::uint64_t used_bytes_ = 0;
};

} // namespace lepton::connectors
