#include "tests/kernels/infer/infer_fixture.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace lepton::tests {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

infer_config scoring(const std::vector<std::string>& features) {
  infer_config config;
  config.list("features", features).set("output", "score");
  return config;
}

kept_output run(core::transform& transform, const core::batch_ptr& in) {
  kept_output out;
  transform.process(in, out);
  return out;
}

TEST_F(infer_test, takes_columns_of_every_number_type_in_the_given_order) {
  dir.write("m.onnx", sum_file(8));
  const auto schema = schema_of({{"id", "string"},
                                 {"b", "bool"},
                                 {"i", "int32"},
                                 {"l", "int64"},
                                 {"f", "float32"},
                                 {"d", "float64"},
                                 {"t", "timestamp_ms"},
                                 {"v", "float32[2]"}});
  const auto scorer = make(scoring({"v", "b", "i", "l", "f", "d", "t"}), schema);
  ASSERT_NE(scorer, nullptr);
  const auto in = batch_of(
      schema,
      {core::constant_string({core::type_id::string}, "a", 2),
       column_of<bool>("bool", {true, false}), column_of<std::int32_t>("int32", {2, -2}),
       column_of<std::int64_t>("int64", {3, -3}), column_of<float>("float32", {4, -4}),
       column_of<double>("float64", {5, -5}), column_of<std::int64_t>("timestamp_ms", {6, -6}),
       column_of<float>("float32[2]", {0.5f, 0.25f, 8, 9})},
      2);
  const auto out = run(*scorer, in);
  ASSERT_EQ(out.emitted.size(), 1u);
  // 1 v0 + 2 v1 + 4 b + 8 i + 16 l + 32 f + 64 d + 128 t
  EXPECT_THAT(floats(out.emitted[0], "score"), ElementsAre(1285, 26 - 1280));
  EXPECT_EQ(out.emitted[0]->columns[1], in->columns[1]);
  EXPECT_EQ(out.emitted[0]->schema->fields().back(),
            (core::field{"score", {core::type_id::float32}, false}));
}

TEST_F(infer_test, does_not_touch_columns_that_nobody_needs) {
  dir.write("m.onnx", sum_file(1));
  const auto schema = schema_of({{"gone", "string"}, {"a", "float32"}});
  const auto scorer = make(scoring({"a"}), schema);
  const auto out =
      run(*scorer, batch_of(schema, {nullptr, column_of<float>("float32", {1, not_a_number})}, 2));
  ASSERT_EQ(out.emitted.size(), 1u);
  EXPECT_EQ(out.emitted[0]->columns[0], nullptr);
  EXPECT_THAT(floats(out.emitted[0], "score"), ElementsAre(1));
  EXPECT_EQ(out.errors.size(), 1u);
}

TEST_F(infer_test, rejects_rows_with_missing_features_and_names_them) {
  dir.write("m.onnx", sum_file(4));
  const auto schema = schema_of({{"a", "float64"}, {"v", "float32[3]"}});
  const auto scorer = make(scoring({"a", "v"}), schema);
  const auto in = batch_of(schema,
                           {column_of<double>("float64", {1, 2, 1e300, 4, 5}, {1}),
                            column_of<float>("float32[3]", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                            not_a_number, 0, infinity, 0, 0})},
                           5);
  const auto out = run(*scorer, in);
  ASSERT_EQ(out.emitted.size(), 1u);
  EXPECT_THAT(floats(out.emitted[0], "score"), ElementsAre(1));
  EXPECT_EQ(out.failed_in, in);
  ASSERT_EQ(out.errors.size(), 4u);
  EXPECT_EQ(out.errors[0].row, 1);
  EXPECT_EQ(out.errors[0].reason, "feature `a` is null");
  EXPECT_EQ(out.errors[1].reason, "feature `a` is infinite or too large for float32");
  EXPECT_EQ(out.errors[2].reason, "feature `v[1]` is NaN");
  EXPECT_EQ(out.errors[3].row, 4);
  EXPECT_EQ(out.errors[3].reason, "feature `v[0]` is infinite or too large for float32");
}

TEST_F(infer_test, imputes_one_number_for_all) {
  dir.write("m.onnx", sum_file(3));
  const auto schema = schema_of({{"a", "float64"}, {"v", "float32[2]"}});
  const auto scorer =
      make(scoring({"a", "v"}).set("missing", "impute").set("impute", "0.5"), schema);
  const auto in = batch_of(schema,
                           {column_of<double>("float64", {1, 2}, {0}),
                            column_of<float>("float32[2]", {1, 1, 1, not_a_number})},
                           2);
  const auto out = run(*scorer, in);
  EXPECT_THAT(floats(out.emitted[0], "score"), ElementsAre(6.5f, 6));
  EXPECT_TRUE(out.errors.empty());
}

TEST_F(infer_test, imputes_a_number_for_each_feature_and_zero_for_the_rest) {
  dir.write("m.onnx", sum_file(3));
  const auto schema = schema_of({{"a", "float64"}, {"b", "bool"}, {"c", "int64"}});
  const auto scorer = make(
      scoring({"a", "b", "c"}).set("missing", "impute").map("impute", {{"a", "-3"}, {"c", "1e1"}}),
      schema);
  const auto in =
      batch_of(schema,
               {column_of<double>("float64", {1}, {0}), column_of<bool>("bool", {true}, {0}),
                column_of<std::int64_t>("int64", {1}, {0})},
               1);
  EXPECT_THAT(floats(run(*scorer, in).emitted[0], "score"), ElementsAre(37));
}

TEST_F(infer_test, keeps_the_results_of_several_batches_apart) {
  dir.write("m.onnx", sum_file(1));
  const auto schema = schema_of({{"a", "float32"}});
  // Chunks of 96 rows cut through the batches.
  const auto scorer = make(scoring({"a"}).set_data("max_batch", std::int64_t{96}), schema);
  std::vector<core::batch_ptr> in;
  float next = 0;
  for (const std::size_t rows : {50, 0, 1, 100, 300, 7}) {
    std::vector<float> values(rows);
    for (auto& v : values)
      v = next++;
    if (rows == 300)
      values[200] = not_a_number;
    in.push_back(
        batch_of(schema, {column_of<float>("float32", values)}, static_cast<std::int64_t>(rows)));
  }
  std::vector<kept_output> out(in.size());
  std::vector<core::emitter*> emitters;
  for (auto& o : out)
    emitters.push_back(&o);
  scorer->process(in, emitters);
  for (std::size_t b = 0; b < in.size(); ++b) {
    if (in[b]->rows == 0) {
      EXPECT_TRUE(out[b].emitted.empty());
      continue;
    }
    ASSERT_EQ(out[b].emitted.size(), 1u);
    EXPECT_EQ(floats(out[b].emitted[0], "score"), floats(out[b].emitted[0], "a")) << b;
    EXPECT_EQ(out[b].emitted[0]->rows, in[b]->rows - (b == 4));
  }
  ASSERT_EQ(out[4].errors.size(), 1u);
  EXPECT_EQ(out[4].errors[0].row, 200);
}

TEST_F(infer_test, rejects_scores_that_are_no_numbers) {
  dir.write("m.onnx", sum_file(2));
  const auto schema = schema_of({{"a", "float32"}, {"b", "float32"}});
  const auto scorer = make(scoring({"a", "b"}), schema);
  const auto in = batch_of(
      schema, {column_of<float>("float32", {1, 3e38f}), column_of<float>("float32", {1, 3e38f})},
      2);
  const auto out = run(*scorer, in);
  EXPECT_THAT(floats(out.emitted[0], "score"), ElementsAre(3));
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_THAT(out.errors[0].reason, HasSubstr("the model gives NaN or infinity"));
}

TEST_F(infer_test, emits_nothing_if_every_row_fails) {
  dir.write("m.onnx", sum_file(1));
  const auto schema = schema_of({{"a", "float32"}});
  const auto out = run(*make(scoring({"a"}), schema),
                       batch_of(schema, {column_of<float>("float32", {not_a_number})}, 1));
  EXPECT_TRUE(out.emitted.empty());
  EXPECT_EQ(out.errors.size(), 1u);
}

TEST_F(infer_test, gives_several_numbers_as_a_list_or_as_columns) {
  onnx_writer w{2};
  dir.write("m.onnx", w.op("MatMul", {w.constant({2, 3}, {1, 2, 3, 4, 5, 6})}).file({-1, 3}));
  const auto schema = schema_of({{"a", "float32"}, {"b", "float32"}});
  const auto in = batch_of(
      schema, {column_of<float>("float32", {1, 0}), column_of<float>("float32", {0, 1})}, 2);
  const auto list = run(*make(scoring({"a", "b"}), schema), in);
  EXPECT_EQ(core::to_string(list.emitted[0]->schema->fields()[2].type), "float32[3]");
  EXPECT_THAT(floats(list.emitted[0], "score"), ElementsAre(1, 2, 3, 4, 5, 6));

  infer_config named;
  named.list("features", {"a", "b"}).list("outputs", {"x", "y", "z"});
  const auto columns = run(*make(named, schema), in);
  EXPECT_THAT(floats(columns.emitted[0], "x"), ElementsAre(1, 4));
  EXPECT_THAT(floats(columns.emitted[0], "z"), ElementsAre(3, 6));
}

TEST_F(infer_test, stamps_rows_with_every_model_that_scored_them) {
  dir.write("m.onnx", sum_file(1));
  const auto schema = schema_of({{"a", "float32"}});
  const auto scorer = make(scoring({"a"}), schema);
  auto in = core::make_ref<core::batch>(
      schema, std::vector<core::column_ptr>{column_of<float>("float32", {1})}, 1);
  const auto first = run(*scorer, in);
  EXPECT_THAT(*first.emitted[0]->model_version, testing::MatchesRegex("score=m.onnx@[0-9a-f]{12}"));
  auto again = core::make_ref<core::batch>(
      schema, std::vector<core::column_ptr>{column_of<float>("float32", {1})}, 1);
  again->model_version = std::make_shared<const std::string>("other=x@1");
  EXPECT_THAT(*run(*scorer, again).emitted[0]->model_version,
              testing::MatchesRegex("other=x@1,score=m.onnx@[0-9a-f]{12}"));
}

TEST_F(infer_test, plans_what_it_needs) {
  dir.write("m.onnx", sum_file(2));
  const auto bound = bind(scoring({"a", "b"}), schema_of({{"a", "float32"}, {"b", "float32"}}));
  ASSERT_TRUE(bound.has_value());
  EXPECT_THAT(bound->reads, ElementsAre("a", "b"));
  EXPECT_EQ(bound->where, core::placement::inference);
  EXPECT_EQ(bound->max_queue_delay.count(), 0);
  EXPECT_GT(bound->memory, 0);
  EXPECT_THAT(bound->notes[0], HasSubstr("backend: native ("));
  EXPECT_THAT(bound->notes[1], HasSubstr("model: m.onnx@"));
}

TEST_F(infer_test, takes_the_batching_that_the_user_asks_for) {
  dir.write("m.onnx", sum_file(1));
  const auto bound = bind(scoring({"a"})
                              .set_data("preferred_batch_size", std::int64_t{512})
                              .set_data("max_queue_delay", std::int64_t{3'000'000}),
                          schema_of({{"a", "float32"}}));
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->preferred_rows, 512);
  EXPECT_EQ(bound->max_queue_delay, std::chrono::milliseconds{3});
}

TEST_F(infer_test, waits_for_rows_where_the_user_gives_only_the_delay) {
  dir.write("m.onnx", sum_file(1));
  const auto bound = bind(scoring({"a"}).set_data("max_queue_delay", std::int64_t{3'000'000}),
                          schema_of({{"a", "float32"}}));
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->preferred_rows, 256);
}

TEST_F(infer_test, derives_the_delay_from_the_latency_target) {
  dir.write("m.onnx", sum_file(1));
  const auto bound = bind(scoring({"a"}).set_data("preferred_batch_size", std::int64_t{64}),
                          schema_of({{"a", "float32"}}));
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->max_queue_delay, std::chrono::milliseconds{5});
}

} // namespace
} // namespace lepton::tests
