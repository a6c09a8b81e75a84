#pragma once

#include "core/result.hpp"
#include "kernels/onnx/onnx_model.hpp"
#include "kernels/trees/tree_ensemble.hpp"

namespace lepton::kernels::trees {

/// True if a node of the graph is a TreeEnsembleClassifier or TreeEnsembleRegressor (ai.onnx.ml).
bool has_trees(const onnx::model& from) noexcept;

/// The tree ensemble that the graph is, checked: one such node, before it at most operators that
/// change nothing (Identity, Cast to float32), behind its scores at most those, ZipMap, and Reshape
/// that keeps one row per row. Outputs that depend on its labels only are left aside. Two classes
/// give one output, the probability of the second. Errors: malformed, capacity, unsupported (with
/// the operator that is in the way).
core::result<tree_ensemble> read_onnx_trees(const onnx::model& from);

} // namespace lepton::kernels::trees
