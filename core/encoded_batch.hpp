#pragma once

#include "core/batch.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton::core {

/// Places of one outgoing record in the bytes of its `encoded_batch`.
struct encoded_record {
  std::uint32_t payload_begin = 0;
  std::uint32_t payload_size = 0;
  std::uint32_t key_begin = 0;
  std::uint32_t key_size = 0; ///< 0 = no key
  std::int32_t row = 0;       ///< row of `origin`
  /// Above 1: a sealed batch of that many rows, those in `encoded_batch::rows` from `first_row` on.
  std::int32_t row_count = 1;
  std::int32_t first_row = 0;
  std::int32_t partition = -1; ///< the partition it must go to; -1 = the sink chooses
};

/// Records ready to be written by a sink: one block of bytes and the places in it. Filled by a
/// worker, then handed to one sink. Total bytes below 4 GiB.
class encoded_batch : public ref_counted {
public:
  std::string bytes;
  std::vector<encoded_record> records;
  std::vector<std::int32_t> rows; ///< rows of `origin` in sealed batches; empty = no record is one
  /// Headers of each record (name, value); empty = no record has any.
  std::vector<std::vector<std::pair<std::string, std::string>>> headers;
  batch_ptr origin;        ///< for error rows and provenance
  std::uint32_t input = 0; ///< which of the sink's inputs the rows came by
  /// What a file of this format begins with (CSV: its header line, without the line end); null for
  /// formats without, and ignored by sinks that write no files.
  std::shared_ptr<const std::string> preamble;

  std::string_view payload(const encoded_record& r) const noexcept {
    return std::string_view{bytes}.substr(r.payload_begin, r.payload_size);
  }
  /// The rows of `origin` that a record holds.
  std::span<const std::int32_t> rows_of(const encoded_record& r) const noexcept {
    if (rows.empty())
      return {&r.row, 1};
    return std::span{rows}.subspan(static_cast<std::size_t>(r.first_row),
                                   static_cast<std::size_t>(r.row_count));
  }
  std::string_view key(const encoded_record& r) const noexcept {
    return std::string_view{bytes}.substr(r.key_begin, r.key_size);
  }
};

using encoded_batch_ptr = ref_ptr<encoded_batch>;

} // namespace lepton::core
