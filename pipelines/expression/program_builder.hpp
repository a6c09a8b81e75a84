#pragma once

#include "core/schema.hpp"
#include "pipelines/expression/literals.hpp"
#include "pipelines/expression/overloads.hpp"
#include "pipelines/expression/program.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace lepton::pipelines::expr {

/// A part of an expression whose type is known: where its value will be found.
struct operand {
  value_type type = value_type::invalid;
  std::uint32_t slot = 0;
  bool nullable = false;
  bool constant = false;
};

/// Appends to a program. Calls of strict and other overloads whose arguments are all constants are
/// computed at once. Knows nothing of syntax and reports nothing.
class program_builder {
public:
  operand column(const core::schema& schema, std::size_t field);
  operand constant(const literal& value);
  /// The same operand as another type: int as double, and null as anything.
  operand convert(operand from, value_type to);
  /// Calls `target`; its arguments already have its types. `parameter`: see `kernel_call`.
  /// `failed` tells why a call of constants fails; the result is invalid then.
  operand call(const overload& target, std::span<const operand> arguments,
               std::optional<failure>& failed, std::int64_t parameter = 0);
  operand member_of(operand value, std::shared_ptr<const literal_set> set);

  const constant_cell& cell(operand constant) const;
  bool is_null(operand value) const { return value.constant && cell(value).null; }
  /// Length of a list column.
  std::int64_t list_length(operand list) const;

  /// Ends the program with `root` as its result.
  std::shared_ptr<program> finish(operand root, const core::schema& schema);

private:
  std::uint32_t add_slot(slot_kind kind, value_type type, std::size_t index);
  operand emit(instruction step, std::span<const operand> arguments, value_type result);
  operand fold(const instruction& step, std::span<const operand> arguments, value_type result,
               std::optional<failure>& failed);

  std::shared_ptr<program> code_ = std::make_shared<program>();
};

} // namespace lepton::pipelines::expr
