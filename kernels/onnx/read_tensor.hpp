#pragma once

#include "kernels/onnx/onnx_model.hpp"

namespace lepton::kernels::onnx {

/// Reads a TensorProto and checks its shape against its data. Tensors whose data lies in other
/// files are refused: `unsupported`.
core::result<tensor> read_tensor(bytes message);

} // namespace lepton::kernels::onnx
