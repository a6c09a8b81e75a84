#include "tests/kernels/train/train_fixture.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace lepton::tests {

namespace {

using namespace kernels::train;
using nlohmann::json;

layer_spec layer_of(const json& from) {
  layer_spec to;
  const std::string type = from["type"];
  for (int i = 0; i <= static_cast<int>(layer_type::flatten); ++i)
    if (type == name(static_cast<layer_type>(i)))
      to.type = static_cast<layer_type>(i);
  to.units = from.value("units", 0);
  to.kernel = from.value("kernel", 0);
  to.stride = from.value("stride", 1);
  to.padding = from.value("padding", 0);
  for (const auto& c : from.value("columns", json::array()))
    to.columns.push_back({c["column"], c["cardinality"], c["dimension"]});
  return to;
}

loss_function loss_of(const std::string& text) {
  return text == "binary_cross_entropy" ? loss_function::binary_cross_entropy
         : text == "cross_entropy"      ? loss_function::cross_entropy
         : text == "focal"              ? loss_function::focal
                                        : loss_function::mean_squared_error;
}

optimiser optimiser_of(const std::string& text) {
  return text == "adam"      ? optimiser::adam
         : text == "adamw"   ? optimiser::adamw
         : text == "adagrad" ? optimiser::adagrad
                             : optimiser::sgd;
}

network_spec spec_of(const json& from) {
  network_spec spec;
  const auto input = from["input"].get<std::vector<std::int64_t>>();
  spec.width = input.back();
  if (input.size() == 3)
    spec.channels = input[0], spec.height = input[1];
  for (const auto& l : from["layers"])
    spec.layers.push_back(layer_of(l));
  spec.loss.kind = loss_of(from["loss"]);
  spec.loss.gamma = from.value("gamma", 2.0f);
  spec.loss.class_weights = from.value("class_weights", std::vector<float>{});
  const auto& o = from["optimiser"];
  spec.optimiser.kind = optimiser_of(o["kind"]);
  spec.optimiser.rate = o["rate"];
  spec.optimiser.momentum = o.value("momentum", 0.0f);
  spec.optimiser.nesterov = o.value("nesterov", false);
  spec.optimiser.weight_decay = o.value("weight_decay", 0.0f);
  spec.optimiser.initial = o.value("initial", 0.0f);
  spec.clip_norm = from.value("clip_norm", 0.0f);
  return spec;
}

std::vector<std::vector<named_values>> values_of(const json& from) {
  std::vector<std::vector<named_values>> all;
  for (const auto& layer_values : from) {
    all.emplace_back();
    for (const auto& [key, data] : layer_values.items())
      all.back().push_back({key, {}, data.get<std::vector<float>>()});
  }
  return all;
}

void expect_values_near(const learner& model, const json& expected, float tolerance) {
  const auto all = model.values();
  ASSERT_EQ(all.size(), expected.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& v : all[i]) {
      const auto& to = expected[i].at(v.name);
      ASSERT_EQ(v.data.size(), to.size());
      for (std::size_t j = 0; j < v.data.size(); ++j)
        ASSERT_NEAR(v.data[j], to[j].get<float>(), tolerance)
            << "layer " << i + 1 << " " << v.name << "[" << j << "]";
    }
}

/// Six steps and the predictions after them, to a tolerance of float32 sums in another order.
void expect_parity(const json& c, const std::string& target) {
  const auto model = make_learner(spec_of(c), target);
  ASSERT_TRUE(model->set_values(values_of(c["initial"])));
  std::vector<float> features;
  for (const auto& s : c["steps"]) {
    features = s["features"].get<std::vector<float>>();
    const auto labels = s["labels"].get<std::vector<float>>();
    const auto weights = s.value("weights", std::vector<float>{});
    const auto rows = static_cast<std::int64_t>(features.size()) / model->inputs();
    const auto report = model->step(
        {features.data(), labels.data(), weights.empty() ? nullptr : weights.data(), rows});
    ASSERT_TRUE(report);
    const double loss = s["loss"], norm = s["gradient_norm"];
    EXPECT_NEAR(report->loss, loss, 2e-5 * std::max(1.0, loss));
    EXPECT_NEAR(report->gradient_norm, norm, 2e-4 * std::max(1.0, norm));
  }
  expect_values_near(*model, c["final"], 2e-4f);
  const auto expected = c["predictions"].get<std::vector<float>>();
  std::vector<float> got(expected.size());
  model->predict(features.data(), static_cast<std::int64_t>(features.size()) / model->inputs(),
                 got.data());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], 2e-4f);
}

TEST(learner, gives_what_pytorch_gives_on_every_target) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"tests/data/training"}) {
    if (entry.path().extension() != ".json")
      continue;
    ++files;
    const auto c = json::parse(std::ifstream{entry.path()});
    for (const auto& target : train_targets()) {
      SCOPED_TRACE(entry.path().string() + " on " + target);
      expect_parity(c, target);
    }
  }
  EXPECT_EQ(files, 5);
}

} // namespace
} // namespace lepton::tests
