#include "kernels/openvino/openvino_model.hpp"

#include "kernels/openvino/openvino_module.hpp"

#include <fmt/format.h>

namespace lepton::kernels::openvino {

namespace {

/// What the library itself takes when it is loaded, measured with a margin.
constexpr std::int64_t library_memory = 64LL << 20;

core::error refused(const char* what, const failure_text& why) {
  return {core::errc::unsupported, fmt::format("OpenVINO {}: {}", what, why.text)};
}

} // namespace

core::result<std::shared_ptr<const compiled_model>>
compiled_model::make(std::span<const std::uint8_t> onnx, std::int64_t width, int workers) {
  const auto api = open_module();
  if (!api)
    return api.error();
  failure_text why{};
  model_shape shape{};
  void* handle = (*api)->compile(reinterpret_cast<const char*>(onnx.data()), onnx.size(), width,
                                 workers, &shape, &why);
  if (!handle)
    return refused("cannot run the model", why);
  return std::shared_ptr<const compiled_model>{
      new compiled_model{**api, handle, shape, static_cast<std::int64_t>(onnx.size())}};
}

compiled_model::~compiled_model() {
  api_.release(handle_);
}

core::result<std::unique_ptr<model>>
openvino_model::make(std::shared_ptr<const compiled_model> shared) {
  failure_text why{};
  void* request = shared->api().make_request(shared->handle(), &why);
  if (!request)
    return refused("cannot make a request", why);
  return std::unique_ptr<model>{new openvino_model{std::move(shared), request}};
}

openvino_model::~openvino_model() {
  shared_->api().release_request(request_);
}

std::string openvino_model::description() const {
  return fmt::format("{} inputs, {} outputs", inputs(), outputs());
}

std::int64_t openvino_model::memory() const noexcept {
  return library_memory + 4 * shared_->file_size();
}

core::result<void> openvino_model::run(const float* x, std::int64_t rows, float* y) {
  failure_text why{};
  if (rows == 0 || shared_->api().run(request_, x, rows, y, &why))
    return {};
  return refused("failed on a batch", why);
}

} // namespace lepton::kernels::openvino
