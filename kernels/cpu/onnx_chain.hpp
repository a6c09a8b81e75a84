#pragma once

#include "core/result.hpp"
#include "kernels/onnx/onnx_model.hpp"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace lepton::kernels::cpu {

/// One operator of a chain: what flows through it, and where it stands among its inputs.
struct chain_link {
  const onnx::node* node = nullptr;
  std::size_t data_input = 0; ///< index of the input that is not a constant
};

/// The operators from the only input to the only output of a graph, in order, if each has exactly
/// one input that is not a constant. Holds pointers into the model.
class onnx_chain {
public:
  /// Errors are `unsupported` and name what is in the way.
  static core::result<onnx_chain> of(const onnx::model& from);

  const std::vector<chain_link>& links() const noexcept { return links_; }
  /// The constant of that name; null pointer for an empty name or anything else.
  const onnx::tensor* constant(std::string_view name) const noexcept;
  /// The constant at input `i` of `n`; null pointer if that is left out or no constant.
  const onnx::tensor* constant(const onnx::node& n, std::size_t i) const noexcept;

private:
  core::result<chain_link> link(const onnx::node& n) const;

  std::vector<chain_link> links_;
  std::unordered_map<std::string_view, const onnx::tensor*> constants_;
};

} // namespace lepton::kernels::cpu
