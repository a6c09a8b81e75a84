#include "kernels/train/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lepton::kernels::train {

float_block::float_block(std::int64_t count)
    : bytes_(static_cast<std::size_t>(count) * sizeof(float)), count_{count} {
  if (count > 0)
    std::memset(bytes_.data(), 0, bytes_.size());
}

core::result<std::unique_ptr<network>> network::make(const network_spec& spec,
                                                     const train_ops& ops) {
  if (spec.channels < 1 || spec.height < 1 || spec.width < 1 || spec.max_batch < 1 ||
      spec.layers.empty() || spec.channels > 65536 || spec.height > 65536 || spec.width > 1 << 20 ||
      spec.inputs() > 1 << 24 || spec.max_batch > 1 << 20)
    return core::error{core::errc::invalid_argument,
                       fmt::format("a network of {} layers over {}x{}x{} inputs in batches of {} "
                                   "cannot be made",
                                   spec.layers.size(), spec.channels, spec.height, spec.width,
                                   spec.max_batch)};
  std::unique_ptr<network> to{new network{spec, ops}};
  LEPTON_TRY(to->add_operations(spec));
  LEPTON_TRY(to->plan());
  to->bind();
  counter_random random{spec.seed};
  for (auto& o : to->operations_)
    o->initialise(random);
  return to;
}

network::network(const network_spec& spec, const train_ops& ops)
    : ops_{ops}, max_batch_{spec.max_batch},
      input_{spec.height, spec.width, spec.channels, spec.channels, false} {
  if (spec.channels == 1 && spec.height == 1)
    input_ = {1, 1, spec.width, spec.width, true};
}

core::result<void> network::add_operations(const network_spec& spec) {
  tensor_shape shape = input_;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    auto made = make_operation(spec.layers[i], shape, i);
    if (!made)
      return core::error{made.error().code(),
                         fmt::format("layer {} ({}) {}", i + 1, name(spec.layers[i].type),
                                     made.error().message())};
    operations_.push_back(std::move(*made));
    rectifies_.push_back(spec.layers[i].type == layer_type::relu);
    shape = operations_.back()->out();
  }
  if (!shape.flat || shape.pixels() != 1 || !shape.is_padded())
    return core::error{core::errc::invalid_argument,
                       "the network must end with a dense layer and what follows one"};
  return {};
}

/// An operation may write over its input unless an earlier one on the same buffer reads that
/// backward.
void network::plan_outputs(std::vector<std::int64_t>& offsets, std::int64_t& total) {
  bool kept = true;
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    const auto& o = *operations_[i];
    const bool in_place = o.in_place() && !kept;
    slots_.push_back({nullptr, in_place, false});
    if (!in_place) {
      offsets.push_back(total);
      total += padded(max_batch_ * o.out().floats());
      kept = false;
    } else
      offsets.push_back(offsets.back());
    kept = kept || o.keeps_output();
  }
}

core::result<void> network::plan() {
  memory_need sum;
  std::int64_t outputs = 0, gradient = 0;
  std::vector<std::int64_t> offsets;
  plan_outputs(offsets, outputs);
  for (const auto& o : operations_) {
    const auto need = o->need(max_batch_);
    sum.weights += padded(need.weights);
    sum.state += padded(need.state);
    sum.extra += padded(need.extra);
    gradient =
        std::max({gradient, max_batch_ * padded(o->in().floats()), max_batch_ * o->out().floats()});
  }
  const std::int64_t arranged = input_.flat ? 0 : max_batch_ * input_.floats();
  if (4 * sum.weights + sum.state + sum.extra + outputs + 2 * gradient + arranged > max_floats)
    return core::error{core::errc::capacity, "the network and its batches need more than 16 GiB; "
                                             "use smaller layers or smaller batches"};
  weights_ = float_block{sum.weights};
  gradients_ = float_block{sum.weights};
  state_ = float_block{sum.state};
  extra_ = float_block{sum.extra};
  outputs_ = float_block{outputs};
  arranged_ = float_block{arranged};
  pack_ = float_block{pack_floats};
  for (auto& buffer : gradient_buffers_)
    buffer = float_block{padded(gradient)};
  for (std::size_t i = 0; i < slots_.size(); ++i)
    slots_[i].y = outputs_.data() + offsets[i];
  return {};
}

void network::bind() {
  memory_grant at{weights_.data(), gradients_.data(), state_.data(), extra_.data()};
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    auto& o = *operations_[i];
    const auto need = o.need(max_batch_);
    o.bind(at);
    slots_[i].skipped = slots_[i].in_place && rectifies_[i] && operations_[i - 1]->take_rectifier();
    at.weights += padded(need.weights);
    at.gradients += padded(need.weights);
    at.state += padded(need.state);
    at.extra += padded(need.extra);
  }
}

std::int64_t network::memory() const noexcept {
  std::int64_t floats = 0;
  for (const auto* block : {&weights_, &gradients_, &state_, &extra_, &outputs_, &arranged_, &pack_,
                            &gradient_buffers_[0], &gradient_buffers_[1]})
    floats += block->size();
  return floats * static_cast<std::int64_t>(sizeof(float));
}

/// Images come as [channels][height][width] and are computed on as [height][width][channels].
const float* network::arrange(const float* x, std::int64_t rows) {
  if (input_.flat || input_.channels == 1)
    return x;
  for (std::int64_t r = 0; r < rows; ++r)
    ops_.transpose(x + r * input_.floats(), input_.channels, input_.pixels(), input_.pixels(),
                   arranged_.data() + r * input_.floats(), input_.channels);
  return arranged_.data();
}

rows_view network::forward(std::int64_t count, const float* x, std::int64_t rows, bool training,
                           std::uint64_t key) {
  pass_ = {&ops_, rows, training, key, pack_.data()};
  x_ = arrange(x, rows);
  ran_ = static_cast<std::size_t>(count);
  const float* from = x_;
  for (std::size_t i = 0; i < ran_; ++i) {
    if (!slots_[i].skipped)
      operations_[i]->forward(pass_, from, slots_[i].y);
    from = slots_[i].y;
  }
  const auto& out = operations_[ran_ - 1]->out();
  return {slots_[ran_ - 1].y, rows, out.channels, out.stride};
}

const float* network::backward(bool input) {
  int current = 0;
  for (std::size_t i = ran_; i-- > 0;) {
    auto& o = *operations_[i];
    const float* x = i == 0 ? x_ : slots_[i - 1].y;
    float* dy = gradient_buffers_[current].data();
    if (i > 0 || input)
      current = o.in_place() ? current : 1 - current;
    float* dx = i > 0 || input ? gradient_buffers_[current].data() : nullptr;
    o.backward(pass_, x, slots_[i].y, dy, dx);
  }
  return input ? gradient_buffers_[current].data() : nullptr;
}

bool network::gathered_finite() const {
  return std::all_of(operations_.begin(), operations_.end(),
                     [](const auto& o) { return o->gathered_finite(); });
}

void network::commit() {
  for (auto& o : operations_)
    o->commit();
}

} // namespace lepton::kernels::train
