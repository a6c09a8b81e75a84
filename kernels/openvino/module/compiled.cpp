#include "kernels/openvino/module/compiled.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

namespace lepton::kernels::openvino {

namespace {

/// One for all models, because each loads the plugins anew. Never destroyed: its threads may
/// outlive the static objects that they use.
ov::Core& library() {
  static auto& core = *new ov::Core;
  return core;
}

/// Outputs of other types than floats (the labels that classifiers give next to their
/// probabilities) are left out, if there is one that is.
std::shared_ptr<ov::Model> with_float_outputs(const std::shared_ptr<ov::Model>& model) {
  ov::ResultVector kept;
  for (const auto& result : model->get_results())
    if (result->get_element_type().is_real())
      kept.push_back(result);
  if (kept.empty() || kept.size() == model->get_results().size())
    return model;
  return std::make_shared<ov::Model>(kept, model->get_parameters());
}

std::shared_ptr<ov::Model> with_float_tensors(const std::shared_ptr<ov::Model>& model) {
  ov::preprocess::PrePostProcessor types{model};
  types.input().tensor().set_element_type(ov::element::f32);
  for (std::size_t i = 0; i < model->outputs().size(); ++i)
    types.output(i).tensor().set_element_type(ov::element::f32);
  return types.build();
}

} // namespace

compiled::compiled(std::string_view onnx, std::int64_t width, int streams) {
  // From memory: a file that names other files would be read from wherever they lie.
  auto model = library().read_model(std::string{onnx}, ov::Tensor{});
  if (model->inputs().size() != 1)
    throw std::runtime_error("it has " + std::to_string(model->inputs().size()) +
                             " inputs; one that takes all features is needed");
  model = with_float_tensors(with_float_outputs(model));
  free_the_batch(*model, width);
  // Workers are the parallelism: as many streams as workers, and one thread for each.
  model_ = library().compile_model(
      model, "CPU", ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
      ov::hint::inference_precision(ov::element::f32), ov::num_streams(ov::streams::Num{streams}),
      ov::inference_num_threads(streams), ov::hint::enable_cpu_pinning(false));
  measure();
}

void compiled::free_the_batch(ov::Model& model, std::int64_t width) {
  auto shape = model.input().get_partial_shape();
  if (shape.rank().is_dynamic() || shape.size() < 2)
    throw std::runtime_error("its input has no shape [N, k]");
  if (shape.size() == 2 && shape[1].is_dynamic() && width > 0)
    shape[1] = width;
  row_shape_ = {1};
  inputs_ = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (shape[i].is_dynamic())
      throw std::runtime_error("its input has a dimension besides the first that is not fixed");
    row_shape_.push_back(static_cast<std::size_t>(shape[i].get_length()));
    inputs_ *= shape[i].get_length();
  }
  if (inputs_ < 1)
    throw std::runtime_error("its input has no values");
  shape[0] = ov::Dimension::dynamic();
  model.reshape(shape);
}

/// Learns the outputs' widths from a call with two rows; the shapes in the file need not say them.
void compiled::measure() {
  auto probe = make_request();
  ov::Tensor zeros{ov::element::f32, input_shape(2)};
  std::memset(zeros.data(), 0, zeros.get_byte_size());
  probe.set_input_tensor(zeros);
  probe.infer();
  for (std::size_t i = 0; i < model_.outputs().size(); ++i) {
    const auto shape = probe.get_output_tensor(i).get_shape();
    if (shape.empty() || shape[0] != 2)
      throw std::runtime_error("output " + std::to_string(i) +
                               " does not have one entry for each row");
    widths_.push_back(static_cast<std::int64_t>(ov::shape_size(shape) / 2));
    outputs_ += widths_.back();
  }
  if (outputs_ < 1)
    throw std::runtime_error("it gives no values");
}

ov::Shape compiled::input_shape(std::int64_t rows) const {
  auto shape = row_shape_;
  shape[0] = static_cast<std::size_t>(rows);
  return shape;
}

void request::run(const float* x, std::int64_t rows, float* y) {
  // The library takes no pointer to constants, but writes to no input.
  request_.set_input_tensor(
      ov::Tensor{ov::element::f32, model_.input_shape(rows), const_cast<float*>(x)});
  request_.infer();
  const auto& widths = model_.output_widths();
  std::int64_t at = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto tensor = request_.get_output_tensor(i);
    if (tensor.get_size() != static_cast<std::size_t>(rows * widths[i]))
      throw std::runtime_error("output " + std::to_string(i) + " has another size than before");
    const auto* values = tensor.data<float>();
    const auto width = static_cast<std::size_t>(widths[i]);
    if (widths.size() == 1)
      std::memcpy(y, values, static_cast<std::size_t>(rows) * width * sizeof(float));
    else
      for (std::int64_t r = 0; r < rows; ++r)
        std::memcpy(y + r * model_.outputs() + at, values + r * widths[i], width * sizeof(float));
    at += widths[i];
  }
}

} // namespace lepton::kernels::openvino
