#pragma once

#include "kernels/train/cpu/elementwise_kernel.hpp"
#include "kernels/train/cpu/loss_kernel.hpp"
#include "kernels/train/cpu/norm_kernel.hpp"
#include "kernels/train/cpu/pool_kernel.hpp"
#include "kernels/train/cpu/product_kernel.hpp"
#include "kernels/train/cpu/update_kernel.hpp"

namespace lepton::kernels::train {
namespace {

/// All functions for vectors of N floats. Included only by train_ops_<target>.cpp.
template <int N>
constexpr train_ops ops_for{
    multiply<N>,          transpose,
    activate<N>,          activate_back<N>,
    softmax<N>,           softmax_back<N>,
    dropout<N>,           add_rows<N>,
    layer_norm<N>,        layer_norm_back<N>,
    column_moments<N>,    batch_norm<N>,
    batch_norm_back<N>,   max_pool<N>,
    max_pool_back<N>,     average_pool<N>,
    average_pool_back<N>, loss<N>,
    sum_of_squares<N>,    update<N>,
};

} // namespace
} // namespace lepton::kernels::train
