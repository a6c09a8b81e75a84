#include "pipelines/expression/program_builder.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace lepton::pipelines::expr {

namespace {

/// double(int), which also stands for every implicit conversion.
const overload& widening() {
  static const auto* found = [] {
    for (const auto* candidate : overloads_of("double"))
      if (candidate->parameters[0] == value_type::integer)
        return candidate;
    return static_cast<const overload*>(nullptr);
  }();
  LEPTON_ASSERT(found != nullptr);
  return *found;
}

/// Room for one value of any type.
union scalar {
  std::uint8_t boolean;
  std::int64_t integer;
  double real;
  std::string_view view;
  scalar() : view{} {}
};

literal literal_of(const scalar& from, value_type type) {
  literal out;
  out.type = type;
  switch (type) {
    case value_type::boolean: out.boolean = from.boolean != 0; break;
    case value_type::real: out.real = from.real; break;
    case value_type::string:
    case value_type::bytes: out.text = from.view; break;
    default: out.integer = from.integer; break;
  }
  return out;
}

} // namespace

std::uint32_t program_builder::add_slot(slot_kind kind, value_type type, std::size_t index) {
  code_->slots.push_back({kind, type, static_cast<std::uint32_t>(index)});
  return static_cast<std::uint32_t>(code_->slots.size() - 1);
}

operand program_builder::column(const core::schema& schema, std::size_t field) {
  const auto type = value_type_of(schema[field].type);
  for (const auto& input : code_->inputs)
    if (input.field == field)
      return {type, input.slot, schema[field].nullable, false};
  const auto at = add_slot(slot_kind::column, type, code_->inputs.size());
  code_->inputs.push_back({field, schema[field].type, at});
  code_->columns.push_back(schema[field].name);
  return {type, at, schema[field].nullable, false};
}

operand program_builder::constant(const literal& value) {
  const auto& cell = code_->constants.emplace_back(value);
  return {value.type, add_slot(slot_kind::constant, value.type, code_->constants.size() - 1),
          cell.null, true};
}

operand program_builder::convert(operand from, value_type to) {
  if (from.type == to)
    return from;
  if (from.type == value_type::null)
    return {to, add_slot(slot_kind::constant, to, code_->slots[from.slot].index), true, true};
  LEPTON_ASSERT(from.type == value_type::integer && to == value_type::real);
  std::optional<failure> cannot;
  return call(widening(), {&from, 1}, cannot);
}

operand program_builder::call(const overload& target, std::span<const operand> arguments,
                              std::optional<failure>& failed, std::int64_t parameter) {
  instruction step;
  step.run = target.run;
  step.strict = target.strict;
  step.parameter = parameter;
  if (std::all_of(arguments.begin(), arguments.end(), [](const operand& a) { return a.constant; }))
    return fold(step, arguments, target.result, failed);
  return emit(std::move(step), arguments, target.result);
}

operand program_builder::member_of(operand value, std::shared_ptr<const literal_set> set) {
  instruction step;
  step.run = membership_kernel(value.type);
  step.set = std::move(set);
  std::optional<failure> cannot;
  return value.constant ? fold(step, {&value, 1}, value_type::boolean, cannot)
                        : emit(std::move(step), {&value, 1}, value_type::boolean);
}

operand program_builder::emit(instruction step, std::span<const operand> arguments,
                              value_type result) {
  operand out{.type = result};
  step.arity = static_cast<std::uint8_t>(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    step.args[i] = arguments[i].slot;
    out.nullable |= arguments[i].nullable;
  }
  out.slot = step.result = add_slot(slot_kind::computed, result, 0);
  code_->code.push_back(std::move(step));
  return out;
}

operand program_builder::fold(const instruction& step, std::span<const operand> arguments,
                              value_type result, std::optional<failure>& failed) {
  scalar value;
  row_state state = state_value;
  string_arena strings;
  kernel_call call{.rows = 1, .out = &value, .states = &state, .strings = &strings};
  instruction once = step;
  once.arity = static_cast<std::uint8_t>(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    call.args[i] = cell(arguments[i]).as_lane(arguments[i].type);
  run_instruction(once, call);
  if (!call.stateful)
    state = state_value;
  if (state >= first_failure) {
    failed = static_cast<failure>(state);
    return {};
  }
  if (state == state_null)
    return convert(constant(literal{.type = value_type::null}), result);
  return constant(literal_of(value, result));
}

const constant_cell& program_builder::cell(operand constant) const {
  LEPTON_ASSERT(constant.constant);
  return code_->constants[code_->slots[constant.slot].index];
}

std::int64_t program_builder::list_length(operand list) const {
  const auto& from = code_->slots[list.slot];
  LEPTON_ASSERT(from.kind == slot_kind::column && from.type == value_type::list);
  return code_->inputs[from.index].type.list_size;
}

std::shared_ptr<program> program_builder::finish(operand root, const core::schema& schema) {
  code_->root = root.slot;
  code_->nullable = root.nullable;
  code_->type = column_type_of(root.type);
  if (const auto& from = code_->slots[root.slot]; from.kind == slot_kind::column)
    code_->type = schema[code_->inputs[from.index].field].type;
  remove_unused(*code_);
  assign_buffers(*code_);
  return code_;
}

} // namespace lepton::pipelines::expr
