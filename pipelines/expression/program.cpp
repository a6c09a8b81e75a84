#include "pipelines/expression/program.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace lepton::pipelines::expr {

const char* reason(failure why) noexcept {
  switch (why) {
    case failure::overflow: return "integer overflow";
    case failure::division_by_zero: return "integer division by zero";
    case failure::number_range: return "number out of the range of int";
    case failure::index_range: return "list index out of range";
    case failure::substring_range: return "substring out of range";
    case failure::not_a_number: return "text is not a number";
    case failure::not_a_boolean: return "text is neither \"true\" nor \"false\"";
    case failure::not_a_timestamp: return "text is not a timestamp";
    case failure::not_a_duration: return "text is not a duration";
    case failure::too_long: return "string too long";
  }
  return "unknown failure";
}

constant_cell::constant_cell(const literal& from)
    : null{from.type == value_type::null}, boolean{from.boolean}, integer{from.integer},
      real{from.real}, text{from.text}, view{text} {}

lane constant_cell::as_lane(value_type type) const noexcept {
  lane out;
  out.constant = true;
  static constexpr row_state null_state = state_null;
  if (null)
    out.states = &null_state;
  switch (type) {
    case value_type::boolean: out.values = &boolean; break;
    case value_type::real: out.values = &real; break;
    case value_type::string:
    case value_type::bytes: out.values = &view; break;
    default: out.values = &integer; break;
  }
  return out;
}

namespace {

std::vector<std::size_t> last_uses(const program& code) {
  std::vector<std::size_t> last(code.slots.size(), 0);
  for (std::size_t i = 0; i < code.code.size(); ++i)
    for (std::size_t a = 0; a < code.code[i].arity; ++a)
      last[code.code[i].args[a]] = i;
  last[code.root] = code.code.size();
  return last;
}

/// The states of a strict result: the larger of its arguments' states.
void merge_states(const instruction& step, kernel_call& call) {
  for (std::size_t a = 0; a < step.arity; ++a) {
    const auto& from = call.args[a];
    if (!from.states)
      continue;
    call.make_stateful();
    row_state* __restrict to = call.states;
    const row_state* states = from.states;
    if (from.constant)
      std::transform(to, to + call.rows, to, [&](row_state s) { return std::max(s, *states); });
    else
      for (std::size_t i = 0; i < call.rows; ++i)
        to[i] = std::max(to[i], states[i]);
  }
}

} // namespace

void remove_unused(program& code) {
  std::vector<bool> needed(code.slots.size(), false);
  needed[code.root] = true;
  for (auto step = code.code.rbegin(); step != code.code.rend(); ++step)
    if (needed[step->result])
      for (std::size_t a = 0; a < step->arity; ++a)
        needed[step->args[a]] = true;
  std::erase_if(code.code, [&](const instruction& step) { return !needed[step.result]; });
  std::vector<input_column> inputs;
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < code.inputs.size(); ++i) {
    if (!needed[code.inputs[i].slot])
      continue;
    inputs.push_back(code.inputs[i]);
    columns.push_back(std::move(code.columns[i]));
  }
  code.inputs = std::move(inputs);
  code.columns = std::move(columns);
}

void assign_buffers(program& code) {
  const auto last = last_uses(code);
  std::vector<std::uint32_t> unused;
  for (std::size_t i = 0; i < code.code.size(); ++i) {
    const auto& step = code.code[i];
    auto& result = code.slots[step.result];
    if (unused.empty()) {
      unused.push_back(static_cast<std::uint32_t>(code.buffer_bytes.size()));
      code.buffer_bytes.push_back(0);
    }
    result.index = unused.back();
    unused.pop_back();
    auto& bytes = code.buffer_bytes[result.index];
    bytes = std::max(bytes, element_size(result.type));
    for (std::size_t a = 0; a < step.arity; ++a) {
      const auto& used = code.slots[step.args[a]];
      const bool again = std::find(step.args.begin(), step.args.begin() + a, step.args[a]) !=
                         step.args.begin() + a;
      if (used.kind == slot_kind::computed && last[step.args[a]] == i && !again)
        unused.push_back(used.index);
    }
  }
}

void run_instruction(const instruction& step, kernel_call& call) {
  call.stateful = false;
  call.parameter = step.parameter;
  call.set = step.set.get();
  if (step.strict)
    merge_states(step, call);
  step.run(call);
}

} // namespace lepton::pipelines::expr
