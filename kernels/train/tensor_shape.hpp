#pragma once

#include "kernels/train/cpu/train_ops.hpp"

#include <cstdint>

namespace lepton::kernels::train {

inline constexpr std::int64_t padded(std::int64_t width) {
  return (width + row_alignment - 1) / row_alignment * row_alignment;
}

/// What one row of a batch is between two layers: [height][width][stride] floats, of which
/// `channels` of each `stride` count. A row of features has height and width 1. `flat` says that an
/// image was flattened: its numbers stay in their places, and are counted in the order of ONNX
/// ([channels][height][width]) only when weights come and go.
struct tensor_shape {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t channels = 0;
  std::int64_t stride = 0;
  bool flat = true;

  std::int64_t pixels() const noexcept { return height * width; }
  /// Floats of one row.
  std::int64_t floats() const noexcept { return pixels() * stride; }
  /// Numbers of one row that count.
  std::int64_t values() const noexcept { return pixels() * channels; }
  /// Where the number stands that is the i-th in the order of ONNX.
  std::int64_t place(std::int64_t i) const noexcept { return i % pixels() * stride + i / pixels(); }
  bool is_padded() const noexcept { return stride % row_alignment == 0; }
};

} // namespace lepton::kernels::train
