// docs/expressions.md says what is true: every example in it is executed.
#include "tests/pipelines/expression_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace lepton::pipelines::testing {

namespace {

struct example {
  int line;
  std::string text;
  std::string expected;
};

std::vector<example> documented() {
  std::vector<example> found;
  std::ifstream in{"docs/expressions.md"};
  bool in_block = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("```"))
      in_block = !in_block;
    const auto arrow = line.rfind(" => ");
    if (in_block && arrow != std::string::npos)
      found.push_back({number, line.substr(0, arrow), line.substr(arrow + 4)});
  }
  return found;
}

/// The row that the page describes.
table documented_row() {
  return table{}
      .add("amount", "float64", {250.5})
      .add("count", "int64", {7})
      .add("zero", "int64", {0})
      .add("small", "int32", {3})
      .add("ratio", "float32", {0.5})
      .add("name", "string", {"Ada Lovelace"})
      .add("ok", "bool", {true})
      .add("ts", "timestamp_ms", {std::int64_t{1709251198125}})
      .add("f", "float32[3]", {std::vector<float>{1, 2.5F, 4}})
      .add("limit", "float64?", {null})
      .add("note", "string?", {null})
      .add("loc.lat", "float64", {48.5});
}

} // namespace

TEST(expression_docs, shows_only_what_is_true) {
  const auto row = documented_row();
  const auto examples = documented();
  EXPECT_GT(examples.size(), 100U);
  for (const auto& [line, text, expected] : examples) {
    SCOPED_TRACE("docs/expressions.md:" + std::to_string(line) + ": " + text);
    if (expected.starts_with("error: ")) {
      const auto found = findings(text, *row.schema());
      ASSERT_FALSE(found.empty());
      EXPECT_THAT(found.front(), ::testing::HasSubstr(expected.substr(7)));
    } else {
      const auto values = evaluate(text, row);
      ASSERT_EQ(values.size(), 1U);
      EXPECT_EQ(values.front(),
                expected.starts_with("fails: ") ? "! " + expected.substr(7) + " in `x`" : expected);
    }
  }
}

} // namespace lepton::pipelines::testing
