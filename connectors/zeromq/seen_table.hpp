#pragma once

#include "connectors/file/file_descriptor.hpp"
#include "connectors/zeromq/link_frames.hpp"
#include "connectors/zeromq/seen_records.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// What makes an origin: the sender's names, and where it read.
struct origin_key {
  std::string edge;
  std::string stream;
  std::string topic;
  std::uint64_t life = 0;
  std::int32_t partition = 0;
  std::uint32_t input = 0;

  friend auto operator<=>(const origin_key&, const origin_key&) = default;
};

/// The rows that have come from every origin, and a file that remembers which of them are settled.
/// The file is a log: each settled batch is appended (and survives the end of the process at once,
/// and a power cut after `sync`); when it has grown, it is written anew. Not thread-safe.
class seen_table {
public:
  struct options {
    std::string path;               ///< empty: nothing is kept after the process
    std::size_t window = 1'000'000; ///< rows remembered of each origin
    std::size_t max_origins = 4096; ///< the one that was quiet longest is forgotten
  };
  struct origin {
    seen_records records;
    std::int32_t lane = 0; ///< a small number of its own
    std::uint64_t used = 0;
  };

  /// Reads the file. A last entry that a crash cut off is dropped; a damaged entry, and what
  /// follows, is an error: choose whether to delete the file.
  core::result<void> open(options chosen);

  /// The origin, made if it is new. Stays valid until the next call.
  origin& find(const origin_key& key);

  /// These rows, added to their origin before, are handed out: they are not written to the file
  /// before `settled` is called with the number that this returns.
  std::uint64_t handed_out(const origin_key& key, std::vector<record_place> places);
  core::result<void> settled(std::uint64_t number);
  /// Waits for the disk, if something was appended since.
  core::result<void> sync();

private:
  core::result<void> read_file();
  void replay(std::string_view bytes, std::size_t& good);
  core::result<void> append(std::string_view entry);
  core::result<void> rewrite();
  void forget_quietest();

  struct unsettled {
    origin_key key;
    std::vector<record_place> places;
  };

  options options_;
  std::map<origin_key, origin> origins_;
  std::map<std::uint64_t, unsettled> unsettled_;
  std::uint64_t next_number_ = 1;
  std::int32_t next_lane_ = 0;
  std::uint64_t uses_ = 0;
  file_descriptor file_;
  file_descriptor lock_;
  std::int64_t size_ = 0;
  std::int64_t rewritten_size_ = 0; ///< right after the last rewrite
  bool dirty_ = false;
};

} // namespace lepton::connectors
