#pragma once

#include "core/aligned_buffer.hpp"
#include "core/assert.hpp"
#include "core/ref_counted.hpp"
#include "core/schema.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace lepton::core {

/// One column in Apache Arrow memory layout: `validity` (bit i set = row i is there; empty = all
/// are), `offsets` (int32, rows + 1; string and binary only) and `values`. Filled by one thread,
/// then published as `column_ptr` and never changed again.
/// Source of the layout: arrow.apache.org, "Arrow Columnar Format", 1.4.
class column : public ref_counted {
public:
  explicit column(data_type of) : type{of} {}

  data_type type;
  std::int64_t rows = 0;
  std::int64_t null_count = 0;
  aligned_buffer validity;
  aligned_buffer offsets;
  aligned_buffer values;

  bool valid(std::int64_t row) const noexcept { return null_count == 0 || bit(validity, row); }
  /// Values of a fixed-size type; row i of a float32[N] column starts at index i * N.
  template <class T>
  std::span<const T> as() const noexcept {
    return {values.as<T>(), values.size() / sizeof(T)};
  }
  template <class T>
  std::span<T> as_mutable() noexcept {
    return {values.as<T>(), values.size() / sizeof(T)};
  }
  bool boolean_at(std::int64_t row) const noexcept { return bit(values, row); }
  std::string_view string_at(std::int64_t row) const noexcept {
    const auto* at = offsets.as<std::int32_t>() + row;
    return {values.as<char>() + at[0], static_cast<std::size_t>(at[1] - at[0])};
  }

  /// Makes room for `count` rows of a fixed-size type or bool, all valid, values not set (bool:
  /// false), and sets `rows`.
  void resize_rows(std::int64_t count);
  /// Appends one string or binary value. Total bytes of a column stay below 2^31.
  void append_string(std::string_view value);
  /// Appends one null to a string or binary column.
  void append_null_string();
  void set_boolean(std::int64_t row, bool value) noexcept { set_bit(values, row, value); }
  /// Marks `row` as null; makes the validity bitmap on first use. `resize_rows` or the appends
  /// must have made the row before.
  void set_null(std::int64_t row);

  /// Bytes held by the three buffers.
  std::size_t byte_size() const noexcept {
    return validity.size() + offsets.size() + values.size();
  }

private:
  static bool bit(const aligned_buffer& bits, std::int64_t i) noexcept {
    return (bits.data()[i >> 3] >> (i & 7)) & 1;
  }
  static void set_bit(aligned_buffer& bits, std::int64_t i, bool on) noexcept {
    const auto mask = static_cast<std::uint8_t>(1u << (i & 7));
    auto& byte = bits.data()[i >> 3];
    byte = static_cast<std::uint8_t>(on ? byte | mask : byte & ~mask);
  }
};

using column_ptr = ref_ptr<const column>;

/// New column with the given rows of `from`, in the given order. Indices must be in range.
column_ptr take(const column& from, std::span<const std::int32_t> rows);

/// New string or binary column that holds `value` `rows` times.
column_ptr constant_string(data_type type, std::string_view value, std::int64_t rows);

} // namespace lepton::core
