#include "kernels/openvino/module/compiled.hpp"
#include "kernels/openvino/module_api.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string_view>

namespace lepton::kernels::openvino {

namespace {

/// Foreign messages run over many lines with names of source files; the last line says what is
/// wrong.
std::string_view last_line(std::string_view message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' '))
    message.remove_suffix(1);
  const auto at = message.rfind('\n');
  return at == std::string_view::npos ? message : message.substr(at + 1);
}

void explain(std::string_view message, failure_text* why) {
  const auto line = last_line(message);
  const auto size = std::min(line.size(), sizeof why->text - 1);
  std::memcpy(why->text, line.data(), size);
  why->text[size] = '\0';
}

/// The border: nothing that the library throws leaves this module.
template <class Function, class Result>
Result guarded(Function function, Result otherwise, failure_text* why) noexcept {
  try {
    return function();
  } catch (const std::exception& failure) {
    explain(failure.what(), why);
  } catch (...) {
    explain("an exception of unknown type", why);
  }
  return otherwise;
}

const char* library_version() {
  return ov::get_openvino_version().buildNumber;
}

void* compile(const char* onnx, std::size_t size, std::int64_t width, int streams,
              model_shape* shape, failure_text* why) {
  return guarded(
      [&]() -> void* {
        auto made = std::make_unique<compiled>(std::string_view{onnx, size}, width, streams);
        *shape = {made->inputs(), made->outputs()};
        return made.release();
      },
      static_cast<void*>(nullptr), why);
}

void release(void* model) {
  delete static_cast<compiled*>(model);
}

void* make_request(void* model, failure_text* why) {
  return guarded([&]() -> void* { return new request{*static_cast<compiled*>(model)}; },
                 static_cast<void*>(nullptr), why);
}

void release_request(void* used) {
  delete static_cast<request*>(used);
}

bool run(void* used, const float* x, std::int64_t rows, float* y, failure_text* why) {
  return guarded(
      [&] {
        static_cast<request*>(used)->run(x, rows, y);
        return true;
      },
      false, why);
}

constexpr module_api api{module_version, library_version, compile, release,
                         make_request,   release_request, run};

} // namespace
} // namespace lepton::kernels::openvino

extern "C" __attribute__((visibility("default"))) const lepton::kernels::openvino::module_api*
lepton_openvino_api() {
  return &lepton::kernels::openvino::api;
}
