#pragma once

#include "core/result.hpp"
#include "kernels/cpu/dense_network.hpp"
#include "kernels/onnx/onnx_model.hpp"

namespace lepton::kernels::cpu {

/// The multi-layer perceptron that the model is, or `unsupported` with the reason (naming the
/// operator). Knows Gemm, MatMul, Add, Sub, Mul, Div with constants, BatchNormalization, Scaler
/// (ai.onnx.ml), Relu, LeakyRelu, Sigmoid, Tanh, Softmax over the outputs, and operators that
/// change nothing here: Identity, Dropout, Cast to float32, Flatten, Reshape and Squeeze that keep
/// one row per row.
core::result<dense_network> recognise(const onnx::model& from);

/// Values of one row of an input or output: the product of its dimensions without the first; 0 if
/// that is not fixed.
std::int64_t row_width(const onnx::value_info& value);

} // namespace lepton::kernels::cpu
