#include "kernels/load_model.hpp"

#include "tests/kernels/native_scores.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

#include <filesystem>
#include <thread>

namespace lepton::tests {

namespace {

namespace fs = std::filesystem;
using kernels::backend;
using kernels::backend_choice;
using kernels::load_model;
using kernels::model_options;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string failure_of(const fs::path& path, const model_options& options = {}) {
  const auto loaded = load_model(path, options);
  return loaded ? std::string{} : loaded.error().message();
}

model_options on(backend_choice choice) {
  model_options options;
  options.backend = choice;
  return options;
}

/// A graph that the native backend does not know.
std::string erf_file() {
  onnx_writer w{3};
  return w.op("MatMul", {w.constant({3, 2}, {1, 2, 3, 4, 5, 6})}).op("Erf").file({-1, 2});
}

TEST(load_model, takes_native_for_a_perceptron_and_says_why) {
  const temp_dir dir;
  const auto loaded = load_model(dir.write("m.onnx", mlp_file({30, 64, 32, 1})), {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ((*loaded)->runs_on(), backend::native);
  EXPECT_EQ((*loaded)->inputs(), 30);
  EXPECT_EQ((*loaded)->outputs(), 1);
  EXPECT_THAT((*loaded)->note(), StartsWith("backend: native ("));
  EXPECT_THAT((*loaded)->note(),
              HasSubstr("because the graph is a 30-64-32-1 perceptron (Relu Relu Sigmoid)"));
}

TEST(load_model, tells_versions_apart) {
  const temp_dir dir;
  const auto version = [&](std::uint32_t seed) {
    const auto path = dir.write("m.onnx", mlp_file({3, 2}, "Relu", "Sigmoid", seed));
    return (*load_model(path, {}))->version();
  };
  EXPECT_THAT(version(1), testing::MatchesRegex("m.onnx@[0-9a-f]{12}"));
  EXPECT_EQ(version(1), version(1));
  EXPECT_NE(version(1), version(2));
}

TEST(load_model, forces_the_cpu_target) {
  const temp_dir dir;
  model_options options;
  options.cpu_target = "generic";
  const auto loaded = load_model(dir.write("m.onnx", mlp_file({3, 2})), options);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ((*(*loaded)->instance())->backend(), "native (generic)");
}

TEST(load_model, refuses_native_for_another_graph_and_names_the_remedy) {
  const temp_dir dir;
  EXPECT_THAT(failure_of(dir.write("m.onnx", erf_file()), on(backend_choice::native)),
              testing::AllOf(HasSubstr("Erf is not known here"), HasSubstr("use `backend: ")));
}

TEST(load_model, refuses_cuda_with_a_remedy) {
  const temp_dir dir;
  model_options options;
  options.device = kernels::device_choice::cuda;
  EXPECT_THAT(failure_of(dir.write("m.onnx", mlp_file({3, 2})), options),
              HasSubstr("use `device: cpu`"));
}

TEST(load_model, follows_a_link) {
  const temp_dir dir;
  fs::create_symlink(dir.write("m.onnx", mlp_file({3, 2})), dir / "link.onnx");
  EXPECT_EQ(failure_of(dir / "link.onnx"), "");
}

TEST(load_model, refuses_what_is_no_file_at_once) {
  const temp_dir dir;
  EXPECT_THAT(failure_of(dir / "none.onnx"), HasSubstr("No such file"));
  EXPECT_THAT(failure_of(dir.path()), HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(failure_of(dir / "fifo"), HasSubstr("not a regular file"));
}

TEST(load_model, refuses_a_file_that_is_too_large_without_reading_it) {
  const temp_dir dir;
  const auto path = dir.write("large.onnx", "");
  fs::resize_file(path, static_cast<std::uintmax_t>(kernels::onnx::max_file_bytes) + 1);
  EXPECT_THAT(failure_of(path), HasSubstr("at most 268435456"));
}

#if LEPTON_TESTS_OPENVINO

TEST(load_model, takes_openvino_for_another_graph_and_says_why) {
  const temp_dir dir;
  const auto loaded = load_model(dir.write("m.onnx", erf_file()), {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ((*loaded)->runs_on(), backend::openvino);
  EXPECT_EQ((*loaded)->outputs(), 2);
  EXPECT_THAT((*loaded)->note(), testing::AllOf(StartsWith("backend: openvino (CPU), because"),
                                                HasSubstr("Erf is not known here")));
  const auto model = *(*loaded)->instance();
  EXPECT_EQ(model->backend(), "openvino (CPU)");
  expect_near(scores(*model, {0.1f, 0, 0, 0, 0.1f, -0.1f}),
              {0.1124629f, 0.2227026f, -0.2227026f, -0.2227026f}, 1e-6f);
}

TEST(openvino_model, agrees_with_native_on_perceptrons_of_many_shapes) {
  const temp_dir dir;
  std::uint32_t seed = 1;
  for (const auto& widths : std::vector<std::vector<std::int64_t>>{
           {30, 64, 32, 1}, {1, 1}, {3, 2}, {17, 33, 9}, {64, 64, 64}, {5, 100, 3}, {128, 7}}) {
    for (const auto* hidden : {"Relu", "Tanh", "LeakyRelu"}) {
      for (const auto* last : {"Sigmoid", "Softmax", ""}) {
        SCOPED_TRACE(testing::Message() << widths[0] << " " << hidden << " " << last);
        const auto path = dir.write("m.onnx", mlp_file(widths, hidden, last, ++seed));
        const auto a = load_model(path, on(backend_choice::native));
        const auto b = load_model(path, on(backend_choice::openvino));
        ASSERT_TRUE(a && b) << (a ? b : a).error().message();
        EXPECT_EQ((*a)->runs_on(), backend::native);
        EXPECT_EQ((*b)->runs_on(), backend::openvino);
        const auto x = random_floats(static_cast<std::size_t>(50 * widths[0]), 1.0f, seed);
        expect_near(scores(**(*a)->instance(), x), scores(**(*b)->instance(), x), 1e-5f);
      }
    }
  }
}

TEST(openvino_model, takes_batches_of_any_size) {
  const temp_dir dir;
  const auto loaded =
      load_model(dir.write("m.onnx", mlp_file({4, 8, 2})), on(backend_choice::openvino));
  ASSERT_TRUE(loaded.ok());
  const auto model = *(*loaded)->instance();
  const auto x = random_floats(4 * 100, 1.0f, 3);
  const auto all = scores(*model, x);
  for (const std::size_t rows : {1, 7, 64, 3, 100}) {
    const auto part =
        scores(*model, {x.begin(), x.begin() + static_cast<std::ptrdiff_t>(4 * rows)});
    expect_near(part, {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(2 * rows)}, 1e-6f);
  }
}

TEST(openvino_model, takes_a_fixed_batch_as_free) {
  const temp_dir dir;
  onnx_writer w{dims{1, 3}};
  w.op("MatMul", {w.constant({3, 1}, {1, 2, 3})});
  const auto loaded = load_model(dir.write("m.onnx", w.file({1, 1})), on(backend_choice::openvino));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  expect_near(scores(**(*loaded)->instance(), {1, 1, 1, 0, 0, 1}), {6, 3}, 1e-6f);
}

TEST(openvino_model, takes_the_features_as_the_width_that_a_model_leaves_open) {
  const temp_dir dir;
  onnx_writer w{-1};
  const auto path = dir.write("m.onnx", w.op("Abs").file());
  model_options options;
  options.inputs = 2;
  const auto loaded = load_model(path, options);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ((*loaded)->inputs(), 2);
  expect_near(scores(**(*loaded)->instance(), {1, -2, -3, 4}), {1, 2, 3, 4}, 0);
}

TEST(openvino_model, is_shared_by_workers_that_run_at_the_same_time) {
  const temp_dir dir;
  auto options = on(backend_choice::openvino);
  options.workers = 4;
  const auto loaded = load_model(dir.write("m.onnx", mlp_file({10, 50, 3})), options);
  ASSERT_TRUE(loaded.ok());
  const auto x = random_floats(10 * 64, 1.0f, 5);
  const auto expected = scores(**(*loaded)->instance(), x);
  std::vector<std::vector<float>> got(4);
  std::vector<std::thread> workers;
  for (auto& y : got)
    workers.emplace_back([&] {
      const auto model = *(*loaded)->instance();
      for (int i = 0; i < 50; ++i)
        y = scores(*model, x);
    });
  for (auto& worker : workers)
    worker.join();
  for (const auto& y : got)
    expect_near(y, expected, 1e-6f);
}

TEST(openvino_model, gives_its_reason_for_a_graph_that_it_cannot_run) {
  const temp_dir dir;
  onnx_writer w{3};
  EXPECT_THAT(failure_of(dir.write("m.onnx", w.op("NoSuchOperator").file())),
              testing::AllOf(HasSubstr("OpenVINO cannot run the model"),
                             HasSubstr("No conversion rule found for operations: NoSuchOperator"),
                             HasSubstr("and native cannot run the graph")));
}

#else

TEST(load_model, says_that_this_build_has_no_openvino) {
  const temp_dir dir;
  EXPECT_THAT(failure_of(dir.write("m.onnx", erf_file())), HasSubstr("this build has no OpenVINO"));
}

#endif

} // namespace
} // namespace lepton::tests
