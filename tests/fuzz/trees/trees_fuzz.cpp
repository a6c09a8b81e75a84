#include "kernels/onnx/onnx_model.hpp"
#include "kernels/trees/lightgbm_text.hpp"
#include "kernels/trees/onnx_trees.hpp"
#include "kernels/trees/tree_model.hpp"
#include "kernels/trees/xgboost_dump.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

// Any bytes as a file of trees: read as the first byte says, and where they are trees, packed and
// run on a few rows, on two ways that must agree to the last bit.

namespace {

using namespace lepton;
using namespace lepton::kernels;

core::result<trees::tree_ensemble> read(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (text.starts_with("tree"))
    return trees::read_lightgbm_text(text);
  if (text.starts_with('{'))
    return size > 1 && std::string_view{"iUIlL"}.find(text[1]) != std::string_view::npos
               ? trees::read_xgboost_ubj(text)
               : trees::read_xgboost_json(text);
  const auto parsed = onnx::read_model({data, data + size});
  if (!parsed)
    return parsed.error();
  if (!trees::has_trees(*parsed))
    return core::error{core::errc::unsupported, "no trees"};
  return trees::read_onnx_trees(*parsed);
}

/// A number that decides something: zero, missing, a category, a fraction.
float feature(std::size_t i) {
  constexpr float values[] = {0.5f, 0.0f, std::numeric_limits<float>::quiet_NaN(), 3.0f, -1.0f};
  return values[i % 5];
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto ensemble = read(data, size);
  if (!ensemble)
    return 0;
  trees::tree_model model{
      std::make_shared<const trees::packed_trees>(*ensemble, cpu::cpu_target::generic), ""};
  constexpr std::int64_t rows = 16;
  std::vector<float> x(static_cast<std::size_t>(rows * model.inputs()));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = feature(i);
  std::vector<float> all(static_cast<std::size_t>(rows * model.outputs()));
  std::vector<float> one(static_cast<std::size_t>(model.outputs()));
  if (!model.run(x.data(), rows, all.data()))
    __builtin_trap();
  for (std::int64_t row = 0; row < rows; row += 5) {
    if (!model.run(x.data() + row * model.inputs(), 1, one.data()))
      __builtin_trap();
    for (std::int64_t i = 0; i < model.outputs(); ++i) {
      const float a = all[static_cast<std::size_t>(row * model.outputs() + i)];
      const float b = one[static_cast<std::size_t>(i)];
      if (a != b && (a == a || b == b))
        __builtin_trap();
    }
  }
  return 0;
}
