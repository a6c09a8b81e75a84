#pragma once

#include "core/aligned_buffer.hpp"
#include "kernels/cpu/cpu_target.hpp"
#include "kernels/cpu/dense_network.hpp"
#include "kernels/cpu/mlp_view.hpp"

#include <cstddef>
#include <vector>

namespace lepton::kernels::cpu {

/// A dense_network laid out for the vectors of one target. Never changes after it was made, so that
/// all workers share one; not copyable because the view points into it.
class packed_network {
public:
  packed_network(const dense_network& net, cpu_target target);
  packed_network(const packed_network&) = delete;
  packed_network& operator=(const packed_network&) = delete;

  const mlp_view& view() const noexcept { return view_; }
  cpu_target target() const noexcept { return target_; }
  std::size_t byte_size() const noexcept { return block_.size(); }

private:
  float* take(std::int64_t count);
  layer_view pack(const dense_layer& layer);
  const float* copy(const std::vector<float>& values);
  void choose_block();

  cpu_target target_;
  core::aligned_buffer block_; ///< all numbers, one after the other on 64-byte boundaries
  std::size_t used_ = 0;       ///< floats of `block_`
  std::vector<layer_view> layers_;
  mlp_view view_;
};

} // namespace lepton::kernels::cpu
