#pragma once

#include "kernels/onnx/onnx_model.hpp"
#include "kernels/train/operation.hpp"

#include <vector>

namespace lepton::kernels::train {

/// What a model file gives to start training from.
struct warm_start {
  network_spec spec; ///< input and layers; loss, optimiser and the rest are the caller's to set
  std::vector<std::vector<named_values>> values; ///< for learner::set_values
};

/// Layers and weights of an ONNX model that is a chain of Conv, MaxPool, AveragePool,
/// BatchNormalization, LayerNormalization, Flatten, Gemm, Relu, Gelu, Tanh, Sigmoid, Softmax,
/// LogSoftmax, Dropout and Identity; or of any perceptron that cpu::recognise knows, whose scalers
/// and normalisations are then folded into its weights. Errors: unsupported, naming the operator.
core::result<warm_start> import_onnx(const onnx::model& from);

} // namespace lepton::kernels::train
