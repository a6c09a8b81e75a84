#include "kernels/cpu/native_model.hpp"
#include "kernels/cpu/recognise.hpp"
#include "kernels/onnx/onnx_model.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// Any bytes as a model file: read, and where they are a perceptron, packed and run on one row.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lepton::kernels;
  const auto parsed = onnx::read_model({data, data + size});
  if (!parsed)
    return 0;
  const auto net = cpu::recognise(*parsed);
  if (!net)
    return 0;
  cpu::native_model model{
      std::make_shared<const cpu::packed_network>(*net, cpu::cpu_target::generic), ""};
  const std::vector<float> x(static_cast<std::size_t>(model.inputs()), 0.5f);
  std::vector<float> y(static_cast<std::size_t>(model.outputs()));
  if (!model.run(x.data(), 1, y.data()))
    __builtin_trap();
  return 0;
}
