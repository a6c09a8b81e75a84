#include "kernels/train/ops/pool_operation.hpp"

#include <cstring>

namespace lepton::kernels::train {

pool_operation::pool_operation(const tensor_shape& in, const tensor_shape& out,
                               const layer_spec& spec)
    : operation{in, out}, largest_{spec.type == layer_type::max_pool}, kernel_{spec.kernel},
      stride_{spec.stride} {}

memory_need pool_operation::need(std::int64_t max_rows) const {
  return {.extra = largest_ ? max_rows * out().floats() : 0};
}

void pool_operation::bind(const memory_grant& grant) {
  chosen_ = reinterpret_cast<std::int32_t*>(grant.extra);
}

pool_call pool_operation::call() const noexcept {
  pool_call c;
  c.in_width = in().width;
  c.out_height = out().height;
  c.out_width = out().width;
  c.channels = in().stride;
  c.kernel = kernel_;
  c.stride = stride_;
  return c;
}

void pool_operation::forward(const pass& p, const float* x, float* y) {
  pool_call c = call();
  for (std::int64_t r = 0; r < p.rows; ++r) {
    c.x = x + r * in().floats();
    c.y = y + r * out().floats();
    c.chosen = largest_ ? chosen_ + r * out().floats() : nullptr;
    largest_ ? p.ops->max_pool(c) : p.ops->average_pool(c);
  }
}

void pool_operation::backward(const pass& p, const float*, const float*, float* dy, float* dx) {
  if (!dx)
    return;
  pool_call c = call();
  for (std::int64_t r = 0; r < p.rows; ++r) {
    c.dx = dx + r * in().floats();
    std::memset(c.dx, 0, static_cast<std::size_t>(in().floats()) * sizeof(float));
    c.dy = dy + r * out().floats();
    c.chosen = largest_ ? chosen_ + r * out().floats() : nullptr;
    largest_ ? p.ops->max_pool_back(c) : p.ops->average_pool_back(c);
  }
}

} // namespace lepton::kernels::train
