#include "pipelines/expression/machine.hpp"

#include "core/assert.hpp"
#include "pipelines/expression/column_writer.hpp"

#include <algorithm>

namespace lepton::pipelines::expr {

machine::machine(compiled_expression expression)
    : expression_{std::move(expression)}, code_{expression_.program()}, lanes_(code_.slots.size()) {
  for (const auto& input : code_.inputs)
    loaders_.emplace_back(input.type);
  for (const auto bytes : code_.buffer_bytes) {
    values_.emplace_back(bytes * chunk_rows);
    states_.emplace_back(chunk_rows);
  }
  for (std::size_t i = 0; i < code_.slots.size(); ++i)
    if (const auto& from = code_.slots[i]; from.kind == slot_kind::constant)
      lanes_[i] = code_.constants[from.index].as_lane(from.type);
}

void machine::load(std::span<const core::column_ptr> columns, std::int64_t first,
                   std::size_t count) {
  for (std::size_t i = 0; i < code_.inputs.size(); ++i) {
    const auto& input = code_.inputs[i];
    const auto& from = columns[input.field];
    LEPTON_ASSERT(from); // a column that is read is never pruned
    lanes_[input.slot] = loaders_[i].load(*from, first, count);
  }
}

const lane& machine::run(std::span<const core::column_ptr> columns, std::int64_t first,
                         std::size_t count, void* out) {
  strings_.reset();
  load(columns, first, count);
  kernel_call call{.rows = count, .strings = &strings_};
  for (const auto& step : code_.code) {
    const auto buffer = code_.slots[step.result].index;
    for (std::size_t a = 0; a < step.arity; ++a)
      call.args[a] = lanes_[step.args[a]];
    call.out = out && step.result == code_.root ? out : values_[buffer].data();
    call.states = states_[buffer].data();
    run_instruction(step, call);
    lanes_[step.result] = {call.out, call.stateful ? call.states : nullptr, false};
  }
  return lanes_[code_.root];
}

core::column_ptr machine::evaluate(std::span<const core::column_ptr> columns, std::int64_t rows,
                                   std::vector<core::row_error>& errors) {
  if (const auto& root = code_.slots[code_.root]; root.kind == slot_kind::column)
    return columns[code_.inputs[root.index].field];
  column_writer writer{code_.type, rows, code_.label};
  for (std::int64_t first = 0; first < rows; first += chunk_rows) {
    const auto count = std::min<std::size_t>(chunk_rows, static_cast<std::size_t>(rows - first));
    writer.append(run(columns, first, count, writer.place(first)), first, count, errors);
  }
  return writer.finish();
}

std::span<const std::int32_t> machine::matches(std::span<const core::column_ptr> columns,
                                               std::int64_t rows,
                                               std::vector<core::row_error>& errors) {
  LEPTON_ASSERT(code_.type.id == core::type_id::boolean);
  matches_.resize(static_cast<std::size_t>(rows));
  std::size_t found = 0;
  for (std::int64_t first = 0; first < rows; first += chunk_rows) {
    const auto count = std::min<std::size_t>(chunk_rows, static_cast<std::size_t>(rows - first));
    const auto& root = run(columns, first, count, nullptr);
    append_failures(root, first, count, code_.label, errors);
    const lane_reader<std::uint8_t> hit{root};
    const state_reader state{root};
    for (std::size_t i = 0; i < count; ++i) { // no branch: which rows match cannot be foreseen
      matches_[found] = static_cast<std::int32_t>(first + static_cast<std::int64_t>(i));
      found += hit[i] & (state[i] == state_value);
    }
  }
  return {matches_.data(), found};
}

} // namespace lepton::pipelines::expr

namespace lepton::pipelines {

expression_evaluator::expression_evaluator(compiled_expression expression)
    : machine_{std::make_unique<expr::machine>(std::move(expression))} {}
expression_evaluator::expression_evaluator(expression_evaluator&&) noexcept = default;
expression_evaluator& expression_evaluator::operator=(expression_evaluator&&) noexcept = default;
expression_evaluator::~expression_evaluator() = default;

core::column_ptr expression_evaluator::evaluate(const core::batch& batch,
                                                std::vector<core::row_error>& errors) {
  return machine_->evaluate(batch.columns, batch.rows, errors);
}

core::column_ptr expression_evaluator::evaluate(std::span<const core::column_ptr> columns,
                                                std::int64_t rows,
                                                std::vector<core::row_error>& errors) {
  return machine_->evaluate(columns, rows, errors);
}

std::span<const std::int32_t>
expression_evaluator::evaluate_predicate(const core::batch& batch,
                                         std::vector<core::row_error>& errors) {
  return machine_->matches(batch.columns, batch.rows, errors);
}

} // namespace lepton::pipelines
