#pragma once

#include "core/column.hpp"
#include "core/schema.hpp"
#include "core/value.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lepton::connectors {

/// Fills one column row by row for a decoder. A row may be written again until the next one is
/// begun, so that a record that turns out to be bad leaves nothing behind. Checks no types: the
/// caller writes what the column's type holds. Reused from batch to batch; not thread-safe.
class column_builder {
public:
  explicit column_builder(core::data_type type) : type_{type} {}

  /// Starts a new column with room for `rows` rows.
  void begin(std::int64_t rows);
  /// Ends it after `rows` rows.
  core::column_ptr finish(std::int64_t rows);

  template <class T>
  void set(std::int64_t row, T value) noexcept {
    reinterpret_cast<T*>(values_)[row] = value;
  }
  void set_boolean(std::int64_t row, bool value) noexcept { column_->set_boolean(row, value); }
  /// Row `row` of a float32[N] column.
  float* list(std::int64_t row) noexcept {
    return reinterpret_cast<float*>(values_) + row * type_.list_size;
  }

  /// Room for `size` bytes of text in the row that is being written, behind what was committed.
  char* room(std::size_t size) {
    if (used_ + size > capacity_) [[unlikely]]
      grow(used_ + size);
    return values_ + used_;
  }
  /// The text of `row` is what stands in the room, up to `end`.
  void set_text_end(std::int64_t row, const char* end) noexcept {
    used_ = static_cast<std::size_t>(end - values_);
    offsets_[row + 1] = static_cast<std::int32_t>(used_);
  }
  void set_text(std::int64_t row, std::string_view text);
  /// Bytes that the column can still take (an Arrow column ends at 2^31 - 1).
  std::size_t text_left() const noexcept { return INT32_MAX - used_; }

  void set_null(std::int64_t row);
  /// Writes a schema entry's default.
  void set_value(std::int64_t row, const core::value& value);

  /// Forgets what was written to `row`.
  void undo(std::int64_t row) noexcept;

private:
  void grow(std::size_t at_least);

  core::data_type type_;
  core::ref_ptr<core::column> column_;
  char* values_ = nullptr;
  std::int32_t* offsets_ = nullptr;
  std::size_t used_ = 0;     ///< bytes of text
  std::size_t capacity_ = 0; ///< bytes of text that `values_` has room for
  double bytes_per_row_ = 16;
};

} // namespace lepton::connectors
