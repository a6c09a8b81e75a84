#pragma once

#include <openvino/openvino.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace lepton::kernels::openvino {

/// One ONNX model compiled for the CPU, with a batch dimension that is free: [N, ...] float32 in,
/// float32 out, whatever types the file has. Throws what OpenVINO throws; the module's entry points
/// catch it.
class compiled {
public:
  compiled(std::string_view onnx, std::int64_t width, int streams);

  std::int64_t inputs() const noexcept { return inputs_; }
  std::int64_t outputs() const noexcept { return outputs_; }
  /// Values that output `i` gives for one row.
  const std::vector<std::int64_t>& output_widths() const noexcept { return widths_; }
  /// The shape of an input of `rows` rows.
  ov::Shape input_shape(std::int64_t rows) const;
  ov::InferRequest make_request() { return model_.create_infer_request(); }

private:
  void free_the_batch(ov::Model& model, std::int64_t width);
  void measure();

  ov::Shape row_shape_; ///< with 1 for the batch
  std::int64_t inputs_ = 0;
  std::int64_t outputs_ = 0;
  std::vector<std::int64_t> widths_;
  ov::CompiledModel model_;
};

/// One worker's use of a compiled model.
class request {
public:
  explicit request(compiled& model) : model_{model}, request_{model.make_request()} {}

  void run(const float* x, std::int64_t rows, float* y);

private:
  compiled& model_;
  ov::InferRequest request_;
};

} // namespace lepton::kernels::openvino
