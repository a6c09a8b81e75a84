#pragma once

#include "core/result.hpp"
#include "kernels/cpu/dense_network.hpp"
#include "kernels/onnx/onnx_model.hpp"
#include "kernels/trees/tree_ensemble.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lepton::kernels {

/// What a file was recognised as, by its first bytes.
enum class file_format : std::uint8_t { onnx, xgboost_json, xgboost_ubj, lightgbm_text };

/// A model file that was read, checked and, where possible, understood. Does not score; see
/// load_model.hpp.
class model_file {
public:
  /// Reads the whole file; a link is followed, anything but a regular file is refused. Errors:
  /// not_found, io, capacity (above `onnx::max_file_bytes`), malformed, unsupported (data in
  /// other files; XGBoost or LightGBM models of a kind that is not known). The messages name no
  /// path; add it as context.
  static core::result<model_file> read(const std::filesystem::path& path);

  file_format format() const noexcept { return format_; }
  /// Empty if the format is another.
  const onnx::model& onnx() const noexcept { return onnx_; }
  /// The perceptron that it is; null pointer if it is something else.
  const cpu::dense_network* network() const noexcept { return network_ ? &*network_ : nullptr; }
  /// The tree ensemble that it is; null pointer if it is something else.
  const trees::tree_ensemble* trees() const noexcept { return trees_ ? &*trees_ : nullptr; }
  /// Why `network` and `trees` are null; empty if one is not.
  const std::string& why_not_native() const noexcept { return why_not_native_; }
  /// File name and the first 12 digits of a hash of the content: "fraud.onnx@0f1e2d3c4b5a". Tells
  /// versions apart; proves nothing to somebody who wants two files to look the same.
  const std::string& version() const noexcept { return version_; }

private:
  core::result<void> understand(std::vector<std::uint8_t> bytes);
  core::result<void> understand_onnx(std::vector<std::uint8_t> bytes);

  file_format format_ = file_format::onnx;
  onnx::model onnx_;
  std::optional<cpu::dense_network> network_;
  std::optional<trees::tree_ensemble> trees_;
  std::string why_not_native_;
  std::string version_;
};

} // namespace lepton::kernels
