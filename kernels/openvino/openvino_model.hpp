#pragma once

#include "core/result.hpp"
#include "kernels/model.hpp"
#include "kernels/openvino/module_api.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace lepton::kernels::openvino {

/// A model that OpenVINO compiled for the CPU; shared by all workers, thread-safe. Does not score
/// itself (see openvino_model).
class compiled_model {
public:
  /// `onnx` is a whole file. `width` is the number of values of a row for a model that leaves it
  /// open; `workers` instances can run at the same time. Errors: those of `open_module`, and
  /// `unsupported` with OpenVINO's words.
  static core::result<std::shared_ptr<const compiled_model>>
  make(std::span<const std::uint8_t> onnx, std::int64_t width, int workers);

  ~compiled_model();
  compiled_model(const compiled_model&) = delete;
  compiled_model& operator=(const compiled_model&) = delete;

  std::int64_t inputs() const noexcept { return shape_.inputs; }
  std::int64_t outputs() const noexcept { return shape_.outputs; }
  std::int64_t file_size() const noexcept { return file_size_; }
  const module_api& api() const noexcept { return api_; }
  void* handle() const noexcept { return handle_; }

private:
  compiled_model(const module_api& api, void* handle, model_shape shape, std::int64_t file_size)
      : api_{api}, handle_{handle}, shape_{shape}, file_size_{file_size} {}

  const module_api& api_;
  void* handle_;
  model_shape shape_;
  std::int64_t file_size_;
};

/// One worker's instance: one infer request, run on the thread that calls.
class openvino_model final : public model {
public:
  static core::result<std::unique_ptr<model>> make(std::shared_ptr<const compiled_model> shared);

  ~openvino_model() override;

  std::int64_t inputs() const noexcept override { return shared_->inputs(); }
  std::int64_t outputs() const noexcept override { return shared_->outputs(); }
  std::string backend() const override { return "openvino (CPU)"; }
  std::string description() const override;
  std::int64_t memory() const noexcept override;
  core::result<void> run(const float* x, std::int64_t rows, float* y) override;

private:
  openvino_model(std::shared_ptr<const compiled_model> shared, void* request)
      : shared_{std::move(shared)}, request_{request} {}

  std::shared_ptr<const compiled_model> shared_;
  void* request_;
};

} // namespace lepton::kernels::openvino
