#pragma once

#include "pipelines/expression/string_arena.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace lepton::pipelines::expr {

/// Rows that are worked on at a time, so that what one step writes is still in the cache when the
/// next one reads it. A multiple of 64: a chunk begins at a whole byte of a bitmap.
inline constexpr std::size_t chunk_rows = 1024;

/// State of one row of a lane. Larger wins when two states meet, so that an error beats a null.
using row_state = std::uint8_t;
inline constexpr row_state state_value = 0;
inline constexpr row_state state_null = 1;

/// Why a row fails. The numbers are row states.
enum class failure : row_state {
  overflow = 2,
  division_by_zero,
  number_range,
  index_range,
  substring_range,
  not_a_number,
  not_a_boolean,
  not_a_timestamp,
  not_a_duration,
  too_long,
};
inline constexpr row_state first_failure = 2;

/// The text of a failure, e.g. "integer division by zero".
const char* reason(failure why) noexcept;

/// The values of one part of an expression for the rows of a chunk.
struct lane {
  const void* values = nullptr;      ///< one for each row; one in all if `constant`
  const row_state* states = nullptr; ///< null pointer = every row is a value
  bool constant = false;             ///< value and state 0 are those of every row

  template <class T>
  const T* as() const noexcept {
    return static_cast<const T*>(values);
  }
};

struct literal_set;

/// One step over one chunk. For a strict step the states of the arguments are merged before; the
/// kernel computes a value for each row, also where it is null (any bits may be there), and must
/// not trap on it.
struct kernel_call {
  std::size_t rows = 0;
  std::array<lane, 3> args = {};
  void* out = nullptr;
  row_state* states = nullptr; ///< room for every row
  bool stateful = false;       ///< `states` was written; else every row is a value
  string_arena* strings = nullptr;
  std::int64_t parameter = 0; ///< length of a list
  const literal_set* set = nullptr;

  template <class T>
  T* result() const noexcept {
    return static_cast<T*>(out);
  }
  /// Starts to write states: every row is a value so far.
  void make_stateful() noexcept {
    if (!stateful)
      std::fill_n(states, rows, state_value);
    stateful = true;
  }
  /// The row fails, unless it is null or failed before.
  void fail(std::size_t row, failure why) noexcept {
    make_stateful();
    if (states[row] == state_value)
      states[row] = static_cast<row_state>(why);
  }
};

using kernel = void (*)(kernel_call&);

/// Reads rows of a lane that may be a constant.
template <class T>
class lane_reader {
public:
  explicit lane_reader(const lane& from) noexcept
      : values_{from.as<T>()}, stride_{from.constant ? std::size_t{0} : std::size_t{1}} {}
  const T& operator[](std::size_t row) const noexcept { return values_[row * stride_]; }

private:
  const T* values_;
  std::size_t stride_;
};

/// Reads states of a lane that may have none or be a constant.
class state_reader {
public:
  explicit state_reader(const lane& from) noexcept
      : states_{from.states ? from.states : &all_values},
        stride_{from.states && !from.constant ? std::size_t{1} : std::size_t{0}} {}
  row_state operator[](std::size_t row) const noexcept { return states_[row * stride_]; }

private:
  static constexpr row_state all_values = state_value;
  const row_state* states_;
  std::size_t stride_;
};

/// `out[i] = f(a[i])`
template <class A, class R, class F>
void map_rows(const kernel_call& c, F f) {
  const A* a = c.args[0].template as<A>();
  R* __restrict out = c.template result<R>();
  for (std::size_t i = 0; i < c.rows; ++i)
    out[i] = f(a[i]);
}

/// `out[i] = f(a[i], b[i])`, with loops of their own for a constant on either side.
template <class A, class B, class R, class F>
void map_rows2(const kernel_call& c, F f) {
  const A* a = c.args[0].template as<A>();
  const B* b = c.args[1].template as<B>();
  R* __restrict out = c.template result<R>();
  if (c.args[1].constant) {
    const B y = *b;
    for (std::size_t i = 0; i < c.rows; ++i)
      out[i] = f(a[i], y);
  } else if (c.args[0].constant) {
    const A x = *a;
    for (std::size_t i = 0; i < c.rows; ++i)
      out[i] = f(x, b[i]);
  } else {
    for (std::size_t i = 0; i < c.rows; ++i)
      out[i] = f(a[i], b[i]);
  }
}

} // namespace lepton::pipelines::expr
