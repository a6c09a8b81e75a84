#pragma once

#include "core/ref_counted.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lepton::core {

class payload_guard; // core/sealing.hpp

/// One record as it arrived. The views point into the connector's own buffers and live as long as
/// the `raw_batch`.
struct raw_record {
  std::string_view payload;
  std::string_view key;
  std::int64_t offset = 0;        ///< position in its partition (file: byte offset of the line)
  std::int64_t timestamp_ms = -1; ///< time of the record at its source; -1 = unknown
};

/// Records of one partition of one source, in order, with the buffers that hold them. A connector
/// derives from it. Every record has a provenance: (topic, partition, offset), which is also its
/// trace id.
class raw_batch : public ref_counted {
public:
  using clock = std::chrono::steady_clock;

  /// The records. A connector may cut them out of its buffer on the first call, so that this work
  /// is done by a worker: the first call must be made by one thread before the batch is shared.
  virtual std::span<const raw_record> records() const = 0;

  std::shared_ptr<const std::string> topic; ///< topic, file name or generator name; never null
  std::int32_t partition = 0;
  /// 0: (topic, partition, offset) is the same record in every run. Else a random number of this
  /// run, because offsets count from its start (standard input, plain ZeroMQ).
  std::uint64_t life = 0;
  std::uint64_t epoch = 0;       ///< assignment of the partition that this batch belongs to
  std::uint64_t sequence = 0;    ///< counts the batches of one source instance
  std::int64_t record_count = 0; ///< known without `records()`
  std::int64_t byte_count = 0;   ///< payload and key bytes
  clock::time_point received;    ///< when the connector handed it over
  int attempt = 1;               ///< 1 for the first dispatch to a worker
  /// File: its first line, which may name the columns; null where records have no such line.
  std::shared_ptr<const std::string> first_line;
  /// Not empty: the connector could not read these records whole. Decoders make each of them an
  /// error with this reason.
  std::string fault;
  /// Set: the records came sealed and were opened. Their payloads leave the process by no other way
  /// than through it, except as the user's own columns.
  std::shared_ptr<payload_guard> guard;
};

using raw_batch_ptr = ref_ptr<raw_batch>;

} // namespace lepton::core
