#pragma once

#include "kernels/cpu/native_model.hpp"
#include "kernels/cpu/recognise.hpp"
#include "tests/kernels/onnx_writer.hpp"

#include <gtest/gtest.h>

namespace lepton::tests {

/// A native model of an ONNX file for one target. Fails the test if the file is not recognised.
inline std::unique_ptr<kernels::cpu::native_model>
native_model_of(const std::string& file,
                kernels::cpu::cpu_target target = *kernels::cpu::choose_target("")) {
  const auto parsed = kernels::onnx::read_model(as_bytes(file));
  if (!parsed) {
    ADD_FAILURE() << parsed.error().message();
    return nullptr;
  }
  const auto net = kernels::cpu::recognise(*parsed);
  if (!net) {
    ADD_FAILURE() << net.error().message();
    return nullptr;
  }
  return std::make_unique<kernels::cpu::native_model>(
      std::make_shared<const kernels::cpu::packed_network>(*net, target),
      kernels::cpu::describe(*net));
}

inline std::vector<float> scores(kernels::model& model, const std::vector<float>& x) {
  const auto rows = static_cast<std::int64_t>(x.size()) / model.inputs();
  std::vector<float> y(static_cast<std::size_t>(rows * model.outputs()), -999.0f);
  const auto ran = model.run(x.data(), rows, y.data());
  EXPECT_TRUE(ran.ok()) << (ran ? "" : ran.error().message());
  return y;
}

inline std::vector<float> native_scores(const std::string& file, const std::vector<float>& x) {
  const auto model = native_model_of(file);
  return model ? scores(*model, x) : std::vector<float>{};
}

inline void expect_near(const std::vector<float>& got, const std::vector<float>& expected,
                        float tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], tolerance) << "at " << i;
}

} // namespace lepton::tests
