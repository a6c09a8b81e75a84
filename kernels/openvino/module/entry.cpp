#include "kernels/openvino/module/compiled.hpp"
#include "kernels/openvino/module_api.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

namespace lepton::kernels::openvino {

namespace {

/// Lines of the library's messages that say where in its own sources something failed, or what
/// holds for every failure.
bool says_nothing(std::string_view line) {
  for (const std::string_view start :
       {"Exception from", "Check '", "FrontEnd API failed", "While validating",
        "Summary:", "To facilitate", "Model wasn't fully converted"})
    if (line.starts_with(start))
      return true;
  return line.empty();
}

/// The rest of such a message, on one line.
std::string in_one_line(std::string_view message) {
  std::string text;
  while (!message.empty()) {
    auto line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(message.size(), line.size() + 1));
    if (line.starts_with("-- "))
      line.remove_prefix(3);
    while (line.ends_with(' '))
      line.remove_suffix(1);
    if (says_nothing(line))
      continue;
    text += text.empty() ? "" : "; ";
    text += line;
  }
  return text;
}

void explain(std::string_view message, failure_text* why) {
  const auto text = in_one_line(message);
  const auto size = std::min(text.size(), sizeof why->text - 1);
  std::memcpy(why->text, text.data(), size);
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
