#pragma once

#include "kernels/train/learner.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::kernels::train {

struct export_names {
  std::string input = "features";
  std::string output = "score";
};

/// The network as an ONNX file that computes what `predict` does: input [N, features] or [N,
/// channels, height, width], output [N, outputs]. With `probabilities`, a network that ends before
/// the sigmoid or softmax of its loss gets it at the end. Operators of set 13, 17 with layer_norm,
/// 20 with gelu. A `scaler` is put in front. Errors: unsupported
/// for a scaler before an embedding.
core::result<std::vector<std::uint8_t>> export_onnx(const learner& model, bool probabilities = true,
                                                    const export_names& names = {},
                                                    const layer_spec* scaler = nullptr);

} // namespace lepton::kernels::train
