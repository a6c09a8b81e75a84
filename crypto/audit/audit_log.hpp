#pragma once

#include "core/result.hpp"
#include "crypto/audit/audit_entry.hpp"
#include "crypto/audit/audit_writer.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace lepton::crypto {

/// The audit log of a process. What an administrator does waits until it is on the disk; what the
/// data path does goes through a bounded queue and never waits. Signs what was written every 10 s,
/// every 1,000 lines and at the end. Thread-safe.
class audit_log {
public:
  struct options {
    std::size_t queue = 4096; ///< entries that wait at most
    std::chrono::milliseconds checkpoint_every{10'000};
    audit_writer::limits writer = {};
  };

  static core::result<std::unique_ptr<audit_log>> open(const std::string& folder,
                                                       const options& wanted);
  static core::result<std::unique_ptr<audit_log>> open(const std::string& folder) {
    return open(folder, options{});
  }
  /// Writes what waits and signs it.
  ~audit_log();

  /// Returns when the entry is on the disk, or why it is not, within 1 s where the disk answers at
  /// all. For admin verbs: do nothing if this fails.
  core::result<void> append(const audit_record& record);

  /// Leaves the entry to the log's own thread. False if the queue is full; the entry is counted
  /// then, and the next one that is written is preceded by one that says how many are missing.
  bool offer(audit_record record) noexcept;

  /// Entries of `offer` that were lost so far.
  std::uint64_t dropped() const noexcept { return dropped_.load(); }
  /// False while entries of `offer` cannot be written.
  bool healthy() const noexcept { return healthy_.load(); }

private:
  audit_log(audit_writer writer, const options& wanted);

  void run();
  void write(std::deque<audit_record> records);
  void report_drops();
  void write_later(const audit_record& record, std::uint64_t counts_for);

  const options options_;
  std::timed_mutex writing_; ///< before queue_mutex_ if both are taken
  audit_writer writer_;
  std::mutex queue_mutex_;
  std::condition_variable wake_;
  std::deque<audit_record> queue_;
  bool ending_ = false;
  std::atomic<std::uint64_t> dropped_{0};
  std::uint64_t reported_ = 0; ///< of `dropped_`; of the own thread
  std::atomic<bool> healthy_{true};
  std::thread thread_;
};

} // namespace lepton::crypto
