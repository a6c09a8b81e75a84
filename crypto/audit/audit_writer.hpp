#pragma once

#include "core/result.hpp"
#include "crypto/audit/audit_entry.hpp"
#include "crypto/audit/audit_files.hpp"
#include "crypto/keyring/safe_file.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Whether a line must be on the disk before the call returns.
enum class audit_sync : std::uint8_t { now, later };

/// Appends lines to an audit log that other processes append to as well: each write takes the lock
/// of the log, reads where the chain ends, and goes on from there. One thread at a time.
class audit_writer {
public:
  struct limits {
    std::uint64_t file_bytes = 64 << 20;          ///< then a new file begins
    std::uint64_t checkpoint_entries = 1000;      ///< lines from one signature to the next
    std::chrono::milliseconds lock_patience{800}; ///< for other writers
  };

  /// Makes the folder's key pair and the first line. Fails if there is a log.
  static core::result<void> create(const std::string& folder);
  /// Fails if there is no log in `folder`, or its key cannot be read.
  static core::result<audit_writer> open(const std::string& folder, const limits& bounds);
  static core::result<audit_writer> open(const std::string& folder) { return open(folder, {}); }

  /// Fails with what the operating system says (capacity if the disk is full), with timeout if the
  /// lock is held too long, with malformed if the log was cut since its last checkpoint. The log is
  /// then as before; only if the disk fails after the write may the entry be in it.
  core::result<void> append(const audit_record& record, audit_sync sync);
  /// Signs what is there and remembers the head in the anchor; does nothing if all is signed.
  core::result<void> checkpoint();

private:
  /// The end of the log as it was when this process last wrote or read it.
  struct tail {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0; ///< bytes
    audit_head head;
    std::uint64_t first = 0; ///< number of the first line of the file
    bool is_signed = false;
    std::string log; ///< id
  };
  class held_lock;

  audit_writer(audit_paths paths, signing_key key, const limits& bounds)
      : paths_{std::move(paths)}, key_{std::move(key)}, limits_{bounds} {}

  core::result<held_lock> take_lock();
  core::result<void> append_locked(const audit_record& record, audit_sync sync);
  core::result<void> find_end();
  core::result<void> drop_torn_line();
  core::result<void> read_end(std::uint64_t size);
  core::result<void> check_anchor() const;
  core::result<void> begin_new_file(utc_micros time);
  core::result<void> write_line(const std::string& line, bool is_checkpoint);
  core::result<void> sign_end(utc_micros time);

  audit_paths paths_;
  signing_key key_;
  limits limits_;
  owned_fd lock_;
  owned_fd file_;
  tail end_;
};

} // namespace lepton::crypto
