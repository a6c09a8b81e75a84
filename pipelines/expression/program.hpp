#pragma once

#include "core/schema.hpp"
#include "pipelines/expression/kernel.hpp"
#include "pipelines/expression/literal_set.hpp"
#include "pipelines/expression/literals.hpp"
#include "pipelines/expression/value_type.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines::expr {

/// Memory of one constant, in the form that kernels read.
struct constant_cell {
  constant_cell() = default;
  explicit constant_cell(const literal& from);
  constant_cell(const constant_cell&) = delete; // `view` points into `text`
  constant_cell& operator=(const constant_cell&) = delete;

  /// The cell as a lane of `type`. Points into the cell.
  lane as_lane(value_type type) const noexcept;

  bool null = false;
  std::uint8_t boolean = 0;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::string_view view; ///< of `text`
};

enum class slot_kind : std::uint8_t { column, constant, computed };

/// Where the values of one part of the expression come from.
struct slot {
  slot_kind kind = slot_kind::computed;
  value_type type = value_type::invalid;
  std::uint32_t index = 0; ///< into `inputs`, `constants` or the buffers of the evaluator
};

/// A column that is read.
struct input_column {
  std::size_t field = 0; ///< of the schema
  core::data_type type;
  std::uint32_t slot = 0;
};

/// One call of a kernel for each chunk.
struct instruction {
  kernel run = nullptr;
  bool strict = true; ///< any argument null or failed -> so is the result
  std::uint8_t arity = 0;
  std::array<std::uint32_t, 3> args{}; ///< slots
  std::uint32_t result = 0;            ///< slot
  std::int64_t parameter = 0;
  std::shared_ptr<const literal_set> set = {};
};

/// A checked expression: straight-line code over slots, without branches. Immutable once made.
struct program {
  std::vector<slot> slots;
  std::vector<input_column> inputs;
  std::deque<constant_cell> constants; ///< a deque: lanes point into the cells
  std::vector<instruction> code;
  std::vector<std::size_t> buffer_bytes; ///< bytes a row of each buffer
  std::uint32_t root = 0;
  core::data_type type;
  bool nullable = false;
  std::vector<std::string> columns; ///< names of `inputs`, in the same order
  std::string label;
};

/// Drops instructions and inputs that the root does not need.
void remove_unused(program& code);

/// Gives every computed slot a buffer that no other value needs at the same time; a result never
/// shares one with an argument of its instruction.
void assign_buffers(program& code);

/// Runs one instruction on lanes whose states need merging. Shared by evaluator and folding.
void run_instruction(const instruction& step, kernel_call& call);

} // namespace lepton::pipelines::expr
