#pragma once

#include "kernels/cpu/cpu_target.hpp"
#include "kernels/load_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace lepton::tests {

inline const std::filesystem::path tree_folder{"tests/data/trees"};

/// Rows and what the library that made a model gives for them (see tools/make_tree_fixtures.py).
struct tree_rows {
  std::int64_t rows = 0;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::vector<float> x;
  std::vector<float> y;
};

/// Model files of the folder whose names start with `prefix`, sorted.
inline std::vector<std::filesystem::path> tree_files(const std::string& prefix) {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::directory_iterator{tree_folder})
    if (entry.path().extension() != ".rows" && entry.path().filename().string().starts_with(prefix))
      all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

inline tree_rows rows_of(std::filesystem::path model) {
  std::ifstream in{model.replace_extension(".rows")};
  tree_rows to;
  in >> to.rows >> to.inputs >> to.outputs;
  std::string number; // `>>` to a float takes no nan
  const auto read = [&](std::int64_t count, std::vector<float>& values) {
    for (; count > 0 && in >> number; --count)
      values.push_back(std::strtof(number.c_str(), nullptr));
  };
  for (std::int64_t row = 0; row < to.rows; ++row) {
    read(to.inputs, to.x);
    read(to.outputs, to.y);
  }
  EXPECT_EQ(to.y.size(), static_cast<std::size_t>(to.rows * to.outputs)) << model;
  return to;
}

inline std::vector<std::string> runnable_target_names() {
  std::vector<std::string> all;
  for (const auto target : {kernels::cpu::cpu_target::generic, kernels::cpu::cpu_target::avx2,
                            kernels::cpu::cpu_target::avx512})
    if (can_run(target))
      all.emplace_back(name(target));
  return all;
}

/// An instance for one target; null, and a failed test, if the file is refused.
inline std::unique_ptr<kernels::model> tree_model_of(const std::filesystem::path& path,
                                                     const std::string& target = {}) {
  kernels::model_options options;
  options.backend = kernels::backend_choice::native;
  options.cpu_target = target;
  const auto loaded = kernels::load_model(path, options);
  if (!loaded) {
    ADD_FAILURE() << loaded.error().message();
    return nullptr;
  }
  return std::move(*(*loaded)->instance());
}

} // namespace lepton::tests
