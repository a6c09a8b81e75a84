#include "kernels/trees/lightgbm_text.hpp"
#include "kernels/trees/onnx_trees.hpp"
#include "kernels/trees/xgboost_dump.hpp"
#include "tests/kernels/onnx_writer.hpp"
#include "tests/kernels/trees/tree_cases.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>

// What is refused, and what the message says.

namespace lepton::tests {

namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
namespace trees = kernels::trees;

template <class Result>
std::string message_of(const Result& result) {
  return result.ok() ? "no error" : result.error().message();
}

std::string file(const char* name) {
  const auto content = read_file(tree_folder / name);
  EXPECT_FALSE(content.empty()) << name;
  return content;
}

/// `text` with the first `from` replaced.
std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// ---- XGBoost ------------------------------------------------------------------------------------

/// Two tests and three leaves; `key: value` pairs replace those of the tree.
std::string stump(const std::string& left = "[1,-1,3,-1,-1]",
                  const std::string& conditions = "[0.5,1,-0.5,2,3]",
                  const std::string& indices = "[0,0,1,0,0]") {
  return R"({"learner":{"gradient_booster":{"model":{"trees":[{"left_children":)" + left +
         R"(,"right_children":[2,-1,4,-1,-1],"split_indices":)" + indices +
         R"(,"split_conditions":)" + conditions +
         R"(,"default_left":[1,0,0,0,0],"tree_param":{"num_nodes":"5"}}],"tree_info":[0]},)"
         R"("name":"gbtree"},"learner_model_param":{"base_score":"0","num_class":"0",)"
         R"("num_feature":"2"},"objective":{"name":"reg:squarederror"}},"version":[1,7,6]})";
}

std::string xgboost_error(const std::string& text) {
  return message_of(trees::read_xgboost_json(text));
}

TEST(xgboost_json, reads_a_small_tree) {
  const auto read = trees::read_xgboost_json(stump());
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(trees::describe(*read), "1 trees of depth 2 at most (XGBoost reg:squarederror)");
}

TEST(xgboost_json, refuses_trees_that_are_none) {
  EXPECT_THAT(xgboost_error(stump("[0,-1,3,-1,-1]")), HasSubstr("reached twice"));
  EXPECT_THAT(xgboost_error(stump("[2,-1,3,-1,-1]")), HasSubstr("reached twice"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,5,-1,-1]")), HasSubstr("tree 0: a child of node 2"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,1e300,-1,-1]")), HasSubstr("out of range"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,2.5,-1,-1]")), HasSubstr("out of range"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,3,-1]")), HasSubstr("differ in length"));
  EXPECT_THAT(xgboost_error(stump("[]")), HasSubstr("empty or differ in length"));
}

TEST(xgboost_json, refuses_numbers_that_make_no_sense) {
  EXPECT_THAT(xgboost_error(stump("[1,-1,3,-1,-1]", "[0.5,1,-0.5,1e300,3]")),
              HasSubstr("the value of a leaf is not finite"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,3,-1,-1]", "[NaN,1,-0.5,2,3]")),
              HasSubstr("malformed or cut off at byte"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,3,-1,-1]", "[0.5,1,-0.5,2,3]", "[0,0,2,0,0]")),
              HasSubstr("a node tests feature 2 of 2"));
  EXPECT_THAT(xgboost_error(stump("[1,-1,3,-1,-1]", "[0.5,1,-0.5,2,3]", "[0,0,-7,0,0]")),
              HasSubstr("a node tests feature -1"));
  EXPECT_THAT(xgboost_error(with(stump(), "\"num_nodes\":\"5\"", "\"num_nodes\":\"9999999999\"")),
              HasSubstr("num_nodes"));
  EXPECT_THAT(xgboost_error(with(stump(), "\"num_feature\":\"2\"", "\"num_feature\":\"99999999\"")),
              HasSubstr("99999999 features"));
  EXPECT_THAT(xgboost_error(with(stump(), "\"num_class\":\"0\"", "\"num_class\":\"123456789\"")),
              HasSubstr("123456789 classes"));
  EXPECT_THAT(xgboost_error(with(stump(), "\"base_score\":\"0\"", "\"base_score\":\"[0,1\"")),
              HasSubstr("base_score is no number"));
  EXPECT_THAT(xgboost_error(with(stump(), "\"tree_info\":[0]", "\"tree_info\":[3]")),
              HasSubstr("belongs to class 3 of 1"));
}

TEST(xgboost_json, names_what_it_does_not_know) {
  EXPECT_THAT(xgboost_error(with(stump(), "gbtree", "gblinear")),
              HasSubstr("the booster 'gblinear' has no trees"));
  EXPECT_THAT(xgboost_error(with(stump(), "reg:squarederror", "my:own")),
              HasSubstr("the objective 'my:own' is not known"));
  EXPECT_THAT(xgboost_error(with(stump(), "\"num_nodes\":\"5\"", "\"size_leaf_vector\":\"3\"")),
              HasSubstr("multi_output_tree"));
  EXPECT_THAT(xgboost_error("{}"), HasSubstr("this is no XGBoost model"));
}

TEST(xgboost_json, refuses_what_is_nested_deeply) {
  EXPECT_THAT(xgboost_error("{\"a\":" + std::string(100'000, '[')),
              HasSubstr("nested deeper than 32"));
}

/// A chain of `levels` tests.
std::string chain(int levels) {
  std::string left = "[", right = "[", index = "[", condition = "[";
  for (int i = 0; i < levels; ++i) {
    left += std::to_string(2 * i + 1) + ",-1,";
    right += std::to_string(2 * i + 2) + ",-1,";
    index += "0,0,";
    condition += "0.5,1,";
  }
  auto text = stump(left + "-1]", condition + "1]", index + "0]");
  text = with(text, "[2,-1,4,-1,-1]", right + "-1]");
  text = with(text, "[1,0,0,0,0]", index + "0]");
  return with(text, "\"num_nodes\":\"5\"", "\"other\":\"5\"");
}

TEST(xgboost_json, takes_deep_trees_up_to_a_limit) {
  EXPECT_EQ(xgboost_error(chain(1000)), "no error");
  EXPECT_THAT(xgboost_error(chain(1001)), HasSubstr("deeper than 1000 levels"));
  EXPECT_THAT(xgboost_error(chain(200'000)), HasSubstr("deeper than 1000 levels"));
}

TEST(xgboost_ubj, refuses_every_file_that_is_cut_off) {
  const auto whole = file("xgb_categories.ubj");
  ASSERT_TRUE(trees::read_xgboost_ubj(whole).ok());
  for (std::size_t size = 0; size < whole.size(); size += 7)
    ASSERT_FALSE(trees::read_xgboost_ubj(whole.substr(0, size)).ok()) << size;
  EXPECT_THAT(message_of(trees::read_xgboost_ubj(whole + "x")), HasSubstr("bytes after its end"));
}

TEST(xgboost_ubj, believes_no_length_beyond_the_file) {
  const std::string key = "{U\x01"
                          "a";
  for (const auto& list : {std::string{"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff"},
                           std::string{"[#L\x7f\xff\xff\xff\xff\xff\xff\xff"},
                           std::string{"SL\x7f\xff\xff\xff\xff\xff\xff\xff"}})
    EXPECT_THAT(message_of(trees::read_xgboost_ubj(key + list)), HasSubstr("cut off"));
  EXPECT_THAT(message_of(trees::read_xgboost_ubj(key + "[$d#L\xff\xff\xff\xff\xff\xff\xff\xff")),
              HasSubstr("negative length"));
  EXPECT_THAT(message_of(trees::read_xgboost_ubj(key + "[$x#U\x01")), HasSubstr("unknown type"));
  EXPECT_THAT(message_of(trees::read_xgboost_ubj(key + std::string(100'000, '['))),
              HasSubstr("nested deeper than 32"));
}

/// Whatever a changed byte makes of it, it is read or refused; nothing else.
TEST(xgboost_ubj, survives_every_changed_byte) {
  const auto whole = file("xgb_softmax.ubj");
  std::size_t refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char to : {'\0', '\x7f', '\xff', static_cast<char>(whole[i] ^ 1)}) {
      auto changed = whole;
      changed[i] = to;
      refused += trees::read_xgboost_ubj(changed).ok() ? 0 : 1;
    }
  EXPECT_GT(refused, 100u);
}

// ---- LightGBM -----------------------------------------------------------------------------------

std::string lightgbm_error(const std::string& text) {
  return message_of(trees::read_lightgbm_text(text));
}

/// One test and two leaves.
const std::string small_lightgbm =
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\n"
    "objective=regression\n\nTree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 1\nthreshold=0.5 1\n"
    "decision_type=2 2\nleft_child=-1 -2\nright_child=1 -3\nleaf_value=1 2 3\nis_linear=0\n\n\n"
    "end of trees\n";

TEST(lightgbm_text, reads_a_small_tree_with_any_line_ends) {
  EXPECT_EQ(lightgbm_error(small_lightgbm), "no error");
  auto crlf = small_lightgbm;
  for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2)
    crlf.insert(at, "\r");
  EXPECT_EQ(lightgbm_error(crlf), "no error");
}

TEST(lightgbm_text, refuses_trees_that_are_none) {
  const auto changed = [](std::string_view from, std::string_view to) {
    return lightgbm_error(with(small_lightgbm, from, to));
  };
  EXPECT_THAT(changed("right_child=1 -3", "right_child=0 -3"), HasSubstr("reached on two ways"));
  EXPECT_THAT(changed("right_child=1 -3", "right_child=2 -3"), HasSubstr("does not exist"));
  EXPECT_THAT(changed("right_child=1 -3", "right_child=1 -4"), HasSubstr("does not exist"));
  EXPECT_THAT(changed("right_child=1 -3", "right_child=1 -2147483648"),
              HasSubstr("does not exist"));
  EXPECT_THAT(changed("right_child=1 -3", "right_child=-3 -3"), HasSubstr("reached"));
  EXPECT_THAT(changed("split_feature=0 1", "split_feature=0 2"),
              HasSubstr("a node tests feature 2 of 2"));
  EXPECT_THAT(changed("threshold=0.5 1", "threshold=0.5 nan"), HasSubstr("a threshold is NaN"));
  EXPECT_THAT(changed("threshold=0.5 1", "threshold=0.5 1x"), HasSubstr("no number"));
  EXPECT_THAT(changed("leaf_value=1 2 3", "leaf_value=1 inf 3"), HasSubstr("not finite"));
  EXPECT_THAT(changed("leaf_value=1 2 3", "leaf_value=1 2"), HasSubstr("2 entries instead of 3"));
  EXPECT_THAT(changed("num_leaves=3", "num_leaves=2000000000"), HasSubstr("2000000000 leaves"));
  EXPECT_THAT(changed("num_leaves=3", "num_leaves=40000000"), HasSubstr("instead of 40000000"));
  EXPECT_THAT(changed("decision_type=2 2", "decision_type=2 1"),
              HasSubstr("a set of categories that does not exist"));
}

TEST(lightgbm_text, names_what_it_does_not_know) {
  EXPECT_THAT(lightgbm_error(with(small_lightgbm, "is_linear=0", "is_linear=1")),
              HasSubstr("linear models (linear_tree=true)"));
  EXPECT_THAT(lightgbm_error(with(small_lightgbm, "objective=regression", "objective=mine")),
              HasSubstr("the objective 'mine' is not known"));
  EXPECT_THAT(lightgbm_error("something else"), HasSubstr("this is no LightGBM model"));
}

TEST(lightgbm_text, refuses_every_file_that_is_cut_off) {
  const auto whole = file("lgb_categories.txt");
  ASSERT_EQ(lightgbm_error(whole), "no error");
  for (std::size_t size = 0; size < whole.size() - 13; size += 11)
    ASSERT_NE(lightgbm_error(whole.substr(0, size)), "no error") << size;
}

TEST(lightgbm_text, survives_every_changed_byte) {
  const auto whole = file("lgb_categories.txt");
  std::size_t refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char to : {'9', '-', '\n', '='}) {
      auto changed = whole;
      changed[i] = to;
      refused += trees::read_lightgbm_text(changed).ok() ? 0 : 1;
    }
  EXPECT_GT(refused, 100u);
}

// ---- ONNX-ML ------------------------------------------------------------------------------------

wire_message integers_attribute(std::string_view name, const std::vector<std::int64_t>& values) {
  wire_message m;
  m.text(1, name);
  for (const auto v : values)
    m.integer(8, v);
  return m.integer(20, 7);
}

wire_message texts_attribute(std::string_view name, const std::vector<std::string>& values) {
  wire_message m;
  m.text(1, name);
  for (const auto& v : values)
    m.text(9, v);
  return m.integer(20, 8);
}

/// One test and two leaves, in an otherwise empty graph.
struct onnx_stump {
  std::vector<std::string> modes{"BRANCH_LEQ", "LEAF", "LEAF"};
  std::vector<std::int64_t> ids{0, 1, 2}, features{1, 0, 0}, yes{1, 0, 0}, no{2, 0, 0};
  std::vector<float> values{0.5f, 0, 0}, weights{1, 2};
  std::vector<std::int64_t> weight_nodes{1, 2}, targets{0, 0};
  std::int64_t target_count = 1;
  std::string before, after;

  std::string error() const {
    onnx_writer w{2};
    if (!before.empty())
      w.op(before);
    w.op("TreeEnsembleRegressor", {},
         {integers_attribute("nodes_treeids", {0, 0, 0}), integers_attribute("nodes_nodeids", ids),
          integers_attribute("nodes_featureids", features), texts_attribute("nodes_modes", modes),
          reals_attribute("nodes_values", values), integers_attribute("nodes_truenodeids", yes),
          integers_attribute("nodes_falsenodeids", no),
          integers_attribute("target_treeids", {0, 0}),
          integers_attribute("target_nodeids", weight_nodes),
          integers_attribute("target_ids", targets), reals_attribute("target_weights", weights),
          integer_attribute("n_targets", target_count)},
         "ai.onnx.ml");
    if (!after.empty())
      w.op(after);
    const auto parsed = kernels::onnx::read_model(as_bytes(w.file({-1, 1})));
    return parsed ? message_of(trees::read_onnx_trees(*parsed)) : parsed.error().message();
  }
};

TEST(onnx_trees, refuses_trees_that_are_none) {
  EXPECT_EQ(onnx_stump{}.error(), "no error");
  onnx_stump s;
  s.no[0] = 0;
  EXPECT_THAT(s.error(), HasSubstr("reached on two ways"));
  s = {};
  s.no[0] = 7;
  EXPECT_THAT(s.error(), HasSubstr("its child 7 does not exist"));
  s = {};
  s.ids = {0, 1, 1};
  EXPECT_THAT(s.error(), HasSubstr("two nodes 1"));
  s = {};
  s.features[0] = 2;
  EXPECT_THAT(s.error(), HasSubstr("a node tests feature 2 of 2"));
  s = {};
  s.values[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(s.error(), HasSubstr("threshold is NaN"));
  s = {};
  s.weights[0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(s.error(), HasSubstr("not finite"));
  s = {};
  s.weight_nodes[1] = 9;
  EXPECT_THAT(s.error(), HasSubstr("node 9 of tree 0, which does not exist"));
  s = {};
  s.target_count = 2, s.targets[0] = 5;
  EXPECT_THAT(s.error(), HasSubstr("score 5 of 2"));
  s = {};
  s.target_count = 1'000'000'000;
  EXPECT_THAT(s.error(), HasSubstr("1000000000 scores"));
  s = {};
  s.modes[0] = "BRANCH_MEMBER";
  EXPECT_THAT(s.error(), HasSubstr("its mode is 'BRANCH_MEMBER'"));
  s = {};
  s.values.pop_back();
  EXPECT_THAT(s.error(), HasSubstr("differ in length"));
}

TEST(onnx_trees, names_the_operator_that_is_in_the_way) {
  onnx_stump s;
  s.after = "Exp";
  EXPECT_THAT(s.error(), HasSubstr("operator Exp comes after the trees"));
  s = {};
  s.before = "Abs";
  EXPECT_THAT(s.error(), HasSubstr("operator Abs comes before the trees"));
  s = {};
  s.before = s.after = "Identity";
  EXPECT_EQ(s.error(), "no error");
}

TEST(model_file, tells_formats_apart_by_their_first_bytes) {
  const temp_dir dir;
  const auto format = [&](const std::string& content) {
    const auto read = kernels::model_file::read(dir.write("m.model", content));
    EXPECT_TRUE(read.ok()) << message_of(read);
    return read ? read->format() : kernels::file_format::onnx;
  };
  EXPECT_EQ(format(stump()), kernels::file_format::xgboost_json);
  EXPECT_EQ(format(file("xgb_binary.ubj")), kernels::file_format::xgboost_ubj);
  EXPECT_EQ(format(small_lightgbm), kernels::file_format::lightgbm_text);
  EXPECT_EQ(format(file("skl_tree.onnx")), kernels::file_format::onnx);
}

} // namespace
} // namespace lepton::tests
