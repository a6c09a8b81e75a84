#include "pipelines/config/yaml_reader.hpp"

#include "pipelines/config/limits.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lepton::pipelines {

namespace {

std::string first_error(std::string_view text) {
  core::diagnostics findings;
  read_yaml(text, findings);
  return findings.has_errors() ? findings.all().front().message : "";
}

std::chrono::milliseconds time_to_read(std::string_view text) {
  const auto start = std::chrono::steady_clock::now();
  core::diagnostics findings;
  read_yaml(text, findings);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += part;
  return out;
}

} // namespace

TEST(yaml_reader, keeps_scalars_as_text_with_their_places) {
  core::diagnostics findings;
  const auto read = read_yaml("a: 1.50\nb:\n  - 'x y' # note\n  - {c: \"d\\te\"}\n", findings);
  ASSERT_TRUE(read && !findings.has_errors());
  EXPECT_EQ(*read->find("a")->text(), "1.50");
  EXPECT_EQ(read->find("a")->span, (core::source_span{1, 4, 4}));
  const auto& list = *read->find("b")->list();
  EXPECT_EQ(*list[0].text(), "x y");
  EXPECT_TRUE(list[0].quoted);
  EXPECT_EQ(list[0].span, (core::source_span{3, 5, 5}));
  EXPECT_EQ(*list[1].find("c")->text(), "d\te");
  EXPECT_EQ(list[1].map()->front().key_span, (core::source_span{4, 6, 1}));
}

TEST(yaml_reader, counts_columns_in_characters) {
  core::diagnostics findings;
  const auto read = read_yaml("{ä: ö, k: v}\n", findings);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("k")->span, (core::source_span{1, 11, 1}));
}

TEST(yaml_reader, takes_a_byte_order_mark_and_windows_line_ends) {
  core::diagnostics findings;
  const auto read = read_yaml("\xEF\xBB\xBF"
                              "a: b\r\nc: d\r\n",
                              findings);
  ASSERT_TRUE(read && !findings.has_errors());
  EXPECT_EQ(*read->find("a")->text(), "b");
  EXPECT_EQ(read->find("c")->span, (core::source_span{2, 4, 1}));
}

TEST(yaml_reader, reads_an_empty_file_as_nothing) {
  for (const char* text : {"", "\n", "# note\n", "---\n"}) {
    core::diagnostics findings;
    const auto read = read_yaml(text, findings);
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(read->is_null());
    EXPECT_FALSE(findings.has_errors());
  }
}

TEST(yaml_reader, refuses_a_text_in_quotes_without_end) {
  EXPECT_EQ(first_error("a: \"b\n"), "a text in quotes is not closed");
  EXPECT_EQ(first_error("a: 'b''\nc: d"), "a text in quotes is not closed");
  EXPECT_EQ(first_error("a: 'b''c'\n"), "");
  EXPECT_EQ(first_error("a: \"b\\\"c\"\n"), "");
  EXPECT_EQ(first_error("a: \"two\n  lines\"\n"), "");
}

TEST(yaml_reader, refuses_a_file_above_the_limit) {
  const auto at_limit = "a: b\n#" + std::string(max_file_bytes - 6, 'x');
  EXPECT_EQ(first_error(at_limit), "");
  EXPECT_EQ(first_error(at_limit + "x"),
            "the file is too large: at most 1048576 bytes are allowed");
}

TEST(yaml_reader, reports_no_more_than_a_screen_of_duplicates) {
  core::diagnostics findings;
  EXPECT_FALSE(read_yaml(repeated("a: b\n", 5000), findings));
  EXPECT_EQ(findings.error_count(), max_findings);
}

TEST(yaml_reader, refuses_a_thousand_levels_within_a_tenth_of_a_second) {
  const std::string keys = [] {
    std::string text;
    for (int i = 0; i < 1000; ++i)
      text += std::string(static_cast<std::size_t>(i), ' ') + "k:\n";
    return text;
  }();
  for (const std::string& text : {repeated("[", 1000) + repeated("]", 1000), repeated("{a: ", 1000),
                                  repeated("- ", 1000), repeated("? ", 1000), keys}) {
    EXPECT_LT(time_to_read(text).count(), 100) << text.substr(0, 8) << " x " << text.size();
    EXPECT_NE(first_error(text), "") << text.substr(0, 8);
  }
}

TEST(yaml_reader, needs_time_in_proportion_to_a_hostile_file_of_the_largest_size) {
  for (const std::string& text :
       {repeated("[", max_file_bytes), repeated("{", max_file_bytes),
        repeated("- ", max_file_bytes / 2), repeated("\"", max_file_bytes),
        repeated("&a ", 300'000), repeated("*a ", 300'000), repeated("!!", 500'000)}) {
    EXPECT_LT(time_to_read(text).count(), 5000) << text.substr(0, 8);
    EXPECT_NE(first_error(text), "") << text.substr(0, 8);
  }
}

TEST(yaml_reader, reads_a_large_good_file_in_reasonable_time) {
  std::string text;
  for (int i = 0; text.size() + 20 < max_file_bytes; ++i)
    text += "k" + std::to_string(i) + ": [a, {b: c}]\n";
  EXPECT_EQ(first_error(text), "");
  EXPECT_LT(time_to_read(text).count(), 20000);
}

} // namespace lepton::pipelines
