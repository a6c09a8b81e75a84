#pragma once

#include "connectors/file/file_descriptor.hpp"
#include "core/result.hpp"
#include "core/sealing.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::connectors {

struct spool_options {
  std::string path;                              ///< folder; made if it is not there
  std::int64_t max_size = std::int64_t{1} << 30; ///< bytes of all segments
  std::int64_t segment_size = 8 << 20;           ///< a segment that has more is complete
  bool fsync = true;                             ///< `sync` waits for the disk
  std::string topic;                             ///< what sealed records are bound to
  std::unique_ptr<core::sealer> sealer;          ///< null: records are written as they are
  std::unique_ptr<core::opener> opener;
};

/// A queue of records on disk that outlives its process: segments that are appended to, read in
/// order and deleted when everything in them is acknowledged. A crash loses nothing that `sync`
/// returned for. Damage costs the damaged records, no others. Used by one thread; a second process
/// on the same folder is refused.
class spool {
public:
  struct record {
    std::uint64_t index = 0; ///< grows by 1 for each record
    std::string body;
  };
  /// A state that `roll_back` returns to.
  struct mark {
    std::size_t segments = 0;
    std::int64_t size = 0; ///< of the last of them
    std::uint64_t next = 0;
  };

  /// Finds what an earlier process left.
  static core::result<std::unique_ptr<spool>> open(spool_options options);

  /// Appends one record. False: no room (`max_size`, or the disk is full), nothing was changed.
  core::result<bool> append(std::string_view body);
  /// Everything appended is on disk. An error is final: what the disk has is unknown then.
  core::result<void> sync();

  mark position() const;
  /// Forgets what was appended since `to`. None of it may have been read.
  core::result<void> roll_back(const mark& to);

  /// The next record that was not read yet; empty if there is none. A record that the keys cannot
  /// open is an error, and stays.
  core::result<std::optional<record>> read();
  /// Every record below `index` counts as read; at most `next_index()`.
  void skip_to(std::uint64_t index) noexcept { next_read_ = index; }
  /// Every record up to `index` may go.
  core::result<void> acknowledge(std::uint64_t index);

  bool empty() const noexcept { return records_ == 0; }
  bool has_unread() const noexcept { return next_read_ < next_; }
  std::uint64_t next_index() const noexcept { return next_; }
  std::int64_t records() const noexcept { return records_; } ///< not acknowledged
  std::int64_t bytes() const noexcept { return bytes_; }     ///< on disk
  std::uint64_t lost() const noexcept { return lost_; }      ///< damaged or cut off

private:
  struct segment {
    std::uint64_t first = 0;
    std::uint64_t next = 0; ///< index after the last record
    std::int64_t size = 0;
    bool sealed = false;
    std::string path;
  };
  /// The segment that is being read, as far as it was read from the disk.
  struct reading {
    std::uint64_t first = 0;
    std::string bytes;
    std::size_t at = 0;
  };

  explicit spool(spool_options options) : options_{std::move(options)} {}

  core::result<void> lock();
  core::result<void> recover();
  core::result<void> recover_segment(const std::string& path, std::uint64_t first);
  core::result<bool> begin_segment();
  core::result<bool> write_active(std::string_view bytes);
  core::result<void> sync_folder_if_asked();
  core::result<void> load(const segment& from);
  core::result<std::optional<record>> read_from(const segment& from);
  core::result<void> open_body(const segment& from, std::string_view body, record& out);
  core::result<void> remove_front();

  spool_options options_;
  file_descriptor lock_;
  file_descriptor active_; ///< of `segments_.back()`, if this process began it
  std::deque<segment> segments_;
  std::optional<reading> reading_;
  std::string scratch_;
  std::string sealed_;
  std::uint64_t next_ = 1;      ///< index of the next record
  std::uint64_t next_read_ = 1; ///< everything below was read
  std::uint64_t acknowledged_ = 0;
  std::int64_t records_ = 0;
  std::int64_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  bool dirty_ = false;
};

} // namespace lepton::connectors
