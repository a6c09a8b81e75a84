#pragma once

#include "connectors/zeromq/link_frames.hpp"
#include "core/encoded_batch.hpp"
#include "core/sink.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::connectors {

/// A part of an encoded batch as a link message whose sequence is still to be set.
struct link_part {
  std::string frame;
  std::int64_t records = 0;
  std::int64_t size = 0; ///< keys and payloads
};

/// Largest record that an acknowledged sink sends, key and payload together.
constexpr std::size_t max_sent_record = 8u << 20;

/// Cuts a batch into parts of at most 4 MiB (one record may be larger) and 65,536 records, in
/// order. Records that are too large become failed rows. The identity of a record is that of its
/// row, for a sealed batch of several rows that of the first.
std::vector<link_part> make_link_parts(const core::encoded_batch& batch,
                                       std::vector<core::row_error>& failed);

} // namespace lepton::connectors
