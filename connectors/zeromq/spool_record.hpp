#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::connectors {

// The bytes of a spool segment: a head, then records. docs/formats/zeromq.md describes both.

constexpr std::size_t spool_head_size = 32;
constexpr std::size_t spool_record_head = 20;
constexpr std::uint32_t max_spool_record = 32u << 20;

struct spool_head {
  std::uint64_t first = 0; ///< index of the first record
  bool sealed = false;
};

std::string write_spool_head(const spool_head& head);
/// False if the bytes are no head of this version, or a byte of it was changed.
bool read_spool_head(std::string_view bytes, spool_head& out) noexcept;

/// Appends the record `index` with `body` to `out`.
void write_spool_record(std::uint64_t index, std::string_view body, std::string& out);

struct spool_record {
  std::uint64_t index = 0;
  std::size_t begin = 0; ///< of the record in the segment
  std::size_t end = 0;
  std::string_view body;
};

/// Finds the records of a segment, whatever happened to it: bytes that are no whole record with the
/// right checksum are stepped over.
class spool_scanner {
public:
  /// `segment` is the file from its first byte on. Starts at `begin` and takes only records whose
  /// index is `first` or above.
  explicit spool_scanner(std::string_view segment, std::uint64_t first = 0,
                         std::size_t begin = spool_head_size) noexcept
      : segment_{segment}, at_{begin}, expected_{first} {}

  /// The next whole record. False at the end.
  bool next(spool_record& out) noexcept;
  /// Places so far where bytes were stepped over; a record that a crash cut off is one.
  std::uint64_t damaged() const noexcept { return damaged_; }
  /// Where the last whole record ends.
  std::size_t end() const noexcept { return at_; }

private:
  bool read_at(std::size_t at, spool_record& out) const noexcept;

  std::string_view segment_;
  std::size_t at_;
  std::uint64_t expected_;
  std::uint64_t damaged_ = 0;
};

} // namespace lepton::connectors
