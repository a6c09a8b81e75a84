#include "core/diagnostics.hpp"

#include <gtest/gtest.h>

namespace lepton {

using core::diagnostic;
using core::diagnostics;
using core::severity;

namespace {

std::string rendered(core::source_span span, std::string_view text, std::string hint = {}) {
  return render(diagnostic{severity::error, span, "bad", std::move(hint)}, "f.yaml", text);
}

} // namespace

TEST(diagnostics, show_the_place_with_a_caret) {
  EXPECT_EQ(rendered({2, 3, 4}, "a: 1\n  type: x\n", "write `y`"), "f.yaml:2:3: error: bad\n"
                                                                   " 2 |   type: x\n"
                                                                   "   |   ^^^^\n"
                                                                   "  help: write `y`\n");
}

TEST(diagnostics, keep_tabs_so_that_the_caret_stays_below_its_word) {
  EXPECT_EQ(rendered({1, 3, 1}, "\t\tx"), "f.yaml:1:3: error: bad\n"
                                          " 1 | \t\tx\n"
                                          "   | \t\t^\n");
}

TEST(diagnostics, count_columns_in_characters) {
  EXPECT_EQ(rendered({1, 4, 2}, "é: ßx"), "f.yaml:1:4: error: bad\n"
                                          " 1 | é: ßx\n"
                                          "   |    ^^\n");
}

TEST(diagnostics, leave_the_excerpt_out_when_there_is_none) {
  EXPECT_EQ(rendered({7, 1, 1}, "one line"), "f.yaml:7:1: error: bad\n");
  EXPECT_EQ(rendered({0, 0, 1}, "one line"), "f.yaml: error: bad\n");
  EXPECT_EQ(rendered({1, 1, 1}, ""), "f.yaml:1:1: error: bad\n");
}

TEST(diagnostics, cut_windows_line_ends) {
  EXPECT_EQ(rendered({1, 1, 1}, "a\r\nb\r\n"), "f.yaml:1:1: error: bad\n 1 | a\n   | ^\n");
}

TEST(diagnostics, are_sorted_by_place_and_without_repeats) {
  diagnostics all;
  all.error({3, 1, 1}, "third");
  all.warning({1, 5, 1}, "second");
  all.error({1, 2, 1}, "first");
  all.error({3, 1, 1}, "third");
  all.error({3, 1, 1}, "another");
  all.sort();
  ASSERT_EQ(all.all().size(), 4u);
  EXPECT_EQ(all.all()[0].message, "first");
  EXPECT_EQ(all.all()[1].message, "second");
  EXPECT_EQ(all.error_count(), 3u);
}

TEST(diagnostics, suggest_the_nearest_word) {
  const std::vector<std::string> words{"topics", "group_id", "start_offset"};
  EXPECT_EQ(core::nearest("topcis", words), "topics");
  EXPECT_EQ(core::nearest("groupid", words), "group_id");
  EXPECT_EQ(core::nearest("partition", words), "");
  EXPECT_EQ(core::nearest("", words), "");
  EXPECT_EQ(core::nearest("a", {"b"}), "") << "no letter in common is no typing error";
}

} // namespace lepton
