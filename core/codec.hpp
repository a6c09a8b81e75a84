#pragma once

#include "core/batch.hpp"
#include "core/encoded_batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::core {

/// Why one row could not be decoded, evaluated, scored, encoded or written.
struct row_error {
  std::int32_t row = 0; ///< decoder: record of the raw batch; elsewhere: row of the batch
  std::string reason;   ///< for the user; never holds payload bytes
};

/// What a decoder made of a raw batch.
struct decoded {
  std::vector<column_ptr> columns;    ///< one for each field of the decoder's schema
  std::int64_t rows = 0;              ///< rows that decoded
  std::vector<std::int32_t> raw_rows; ///< their records; empty = all records, in order
  std::vector<row_error> errors;      ///< records that did not decode
};

/// Turns raw records into columns. Each worker has its own; not thread-safe. Never throws; a record
/// that does not follow the format or the schema becomes a `row_error`.
class decoder {
public:
  virtual ~decoder() = default;
  virtual void decode(const raw_batch& in, decoded& out) = 0;
};

/// Turns rows into outgoing payloads, keys and headers. Each worker has its own; not thread-safe.
/// Appends to `out.records` in row order and sets `out.origin`; a row that cannot be written in the
/// format becomes a `row_error`.
class encoder {
public:
  virtual ~encoder() = default;
  virtual void encode(const batch_ptr& in, encoded_batch& out, std::vector<row_error>& errors) = 0;
};

} // namespace lepton::core
