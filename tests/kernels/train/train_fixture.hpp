#pragma once

#include "kernels/cpu/cpu_target.hpp"
#include "kernels/train/learner.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace lepton::tests {

using kernels::train::labelled_rows;
using kernels::train::layer;
using kernels::train::layer_type;
using kernels::train::learner;
using kernels::train::loss_function;
using kernels::train::network_spec;

inline std::vector<std::string> train_targets() {
  std::vector<std::string> all;
  for (const auto target : {kernels::cpu::cpu_target::generic, kernels::cpu::cpu_target::avx2,
                            kernels::cpu::cpu_target::avx512})
    if (can_run(target))
      all.push_back(name(target));
  return all;
}

/// A learner that must be possible.
inline std::unique_ptr<learner> make_learner(const network_spec& spec,
                                             const std::string& target = {}) {
  auto made = learner::make(spec, target);
  if (!made) {
    ADD_FAILURE() << made.error().message();
    std::abort();
  }
  return std::move(*made);
}

/// Rows with labels that fit to the learner, from a seed.
struct random_rows {
  random_rows(const learner& of, std::int64_t count, std::uint32_t seed = 1) : rows{count} {
    std::mt19937 random{seed};
    std::normal_distribution<float> normal;
    features.resize(static_cast<std::size_t>(count * of.inputs()));
    for (auto& x : features)
      x = normal(random);
    labels.resize(static_cast<std::size_t>(count * of.label_width()));
    const auto kind = of.spec().loss.kind;
    const bool classes = kind == loss_function::cross_entropy || kind == loss_function::focal;
    for (auto& y : labels)
      y = classes ? static_cast<float>(random() % static_cast<std::uint32_t>(of.outputs()))
          : kind == loss_function::mean_squared_error ? normal(random)
                                                      : static_cast<float>(random() % 2);
  }

  labelled_rows view() const {
    return {features.data(), labels.data(), weights.empty() ? nullptr : weights.data(), rows};
  }

  std::int64_t rows;
  std::vector<float> features, labels, weights;
};

inline network_spec mlp_spec(std::vector<std::int64_t> widths,
                             loss_function loss = loss_function::binary_cross_entropy,
                             layer_type act = layer_type::relu) {
  network_spec spec;
  spec.width = widths[0];
  spec.loss.kind = loss;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    spec.layers.push_back(kernels::train::dense(widths[i]));
    if (i + 1 < widths.size())
      spec.layers.push_back(layer(act));
  }
  return spec;
}

inline double learned_loss(learner& model, const random_rows& rows) {
  const auto report = model.step(rows.view());
  EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message());
  EXPECT_EQ(report->outcome, kernels::train::step_outcome::learned);
  return report->loss;
}

} // namespace lepton::tests
