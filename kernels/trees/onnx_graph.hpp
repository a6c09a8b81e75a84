#pragma once

#include "core/result.hpp"
#include "kernels/onnx/onnx_model.hpp"

#include <cstdint>

namespace lepton::kernels::trees {

/// The tree ensemble of a graph, when everything around it leaves the scores as they are.
struct ensemble_node {
  const onnx::node* node = nullptr;
  bool is_classifier = false; ///< scores are its second output, the first has the labels
  std::int64_t inputs = 0;    ///< numbers of a row of the graph's input
};

bool is_ensemble(const onnx::node& n) noexcept;

/// Errors are `unsupported` and name the operator that is in the way.
core::result<ensemble_node> find_ensemble(const onnx::model& from);

} // namespace lepton::kernels::trees
