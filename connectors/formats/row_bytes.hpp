#pragma once

#include "core/codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lepton::connectors {

/// Says why a row cannot be written.
inline void refuse_row(std::vector<core::row_error>& errors, std::int64_t row, const char* why) {
  auto& error = errors.emplace_back();
  error.row = static_cast<std::int32_t>(row);
  error.reason = why;
}

/// Room for the rows of one `encoded_batch`, written by pointer: a row asks for the most that it
/// can need, then says where it ended. Learns the size of rows from batch to batch.
class row_bytes {
public:
  void begin(core::encoded_batch& out, std::int64_t rows) {
    bytes_ = &out.bytes;
    used_ = first_ = out.bytes.size();
    out.records.reserve(out.records.size() + static_cast<std::size_t>(rows));
    grow(used_ + static_cast<std::size_t>(bytes_per_row_ * 1.1 * static_cast<double>(rows)) + 256);
  }

  /// Where the next row begins, with room for `most` bytes.
  char* room(std::size_t most) {
    if (used_ + most > bytes_->size()) [[unlikely]]
      grow(used_ + most);
    return bytes_->data() + used_;
  }
  /// The row ends at `end`.
  void commit(core::encoded_batch& out, const char* end, std::int64_t row) {
    const auto past = static_cast<std::size_t>(end - bytes_->data());
    out.records.push_back({static_cast<std::uint32_t>(used_),
                           static_cast<std::uint32_t>(past - used_), 0, 0,
                           static_cast<std::int32_t>(row)});
    used_ = past;
  }
  /// Bytes that a batch can still take.
  std::size_t left() const noexcept { return UINT32_MAX - used_; }

  void finish(std::int64_t rows) {
    bytes_->resize(used_);
    if (rows != 0)
      bytes_per_row_ = static_cast<double>(used_ - first_) / static_cast<double>(rows);
  }

private:
  void grow(std::size_t at_least) {
    bytes_->resize(std::max(at_least, bytes_->size() + bytes_->size() / 2));
  }

  std::string* bytes_ = nullptr;
  std::size_t used_ = 0;
  std::size_t first_ = 0;
  double bytes_per_row_ = 64;
};

} // namespace lepton::connectors
