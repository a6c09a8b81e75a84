// Syntax: literals, precedence, and what is refused.
#include "tests/pipelines/expression_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;

TEST(expression_syntax, reads_numbers) {
  EXPECT_EQ(constant("42"), "42");
  EXPECT_EQ(constant("0x1F"), "31");
  EXPECT_EQ(constant("-0x10"), "-16");
  EXPECT_EQ(constant("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(constant("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(constant("2.5"), "2.5");
  EXPECT_EQ(constant(".5"), "0.5");
  EXPECT_EQ(constant("-1e3"), "-1000");
  EXPECT_EQ(constant("1.5E-3"), "0.0015");
  EXPECT_EQ(type_of("1e3", table{}), "float64");
  EXPECT_EQ(type_of("1", table{}), "int64");
}

TEST(expression_syntax, refuses_numbers_that_do_not_fit) {
  const core::schema none{{}};
  EXPECT_THAT(findings("9223372036854775808", none),
              ElementsAre("1:19: 9223372036854775808 does not fit into a 64-bit integer (write "
                          "9223372036854775808.0 for a double)"));
  EXPECT_THAT(findings("-9223372036854775809", none),
              ElementsAre("2:19: 9223372036854775809 does not fit into a 64-bit integer (write "
                          "9223372036854775809.0 for a double)"));
  EXPECT_THAT(findings("1 + 1e999", none), ElementsAre("5:5: 1e999 does not fit into a double"));
  EXPECT_THAT(findings("1u", none),
              ElementsAre("1:2: `1u` is not a number (there are no unsigned integers here: leave "
                          "the `u` out)"));
  EXPECT_THAT(findings("12abc", none), ElementsAre("1:5: `12abc` is not a number"));
}

TEST(expression_syntax, reads_strings_with_escapes) {
  EXPECT_EQ(constant("'a\"b'"), "a\"b");
  EXPECT_EQ(constant("\"it's\""), "it's");
  EXPECT_EQ(constant(R"('a\'b\n\t\\')"), "a'b\n\t\\");
  EXPECT_EQ(constant(R"('\x41\u00e9\U0001F600\101')"), "A\xc3\xa9\xf0\x9f\x98\x80"
                                                       "A");
  EXPECT_EQ(constant(R"(r'a\n')"), "a\\n");
  EXPECT_EQ(constant("'gr\xc3\xbc\xc3\x9f'"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(constant(R"(b'\xff' == b'\377')"), "true");
  EXPECT_EQ(type_of("b'x'", table{}), "binary");
}

TEST(expression_syntax, refuses_bad_strings) {
  const core::schema none{{}};
  EXPECT_THAT(findings("'abc", none), ElementsAre("1:4: this string has no end (close it with ')"));
  EXPECT_THAT(findings("'abc\\", none),
              ElementsAre("1:5: this string has no end (close it with ')"));
  EXPECT_THAT(
      findings(R"('a\qb')", none),
      ElementsAre("3:2: `\\q` is not an escape (write `\\\\` for a backslash, or r'...' for "
                  "text without escapes)"));
  EXPECT_THAT(findings(R"('\ud800')", none), ::testing::SizeIs(1)); // half a surrogate pair
  EXPECT_THAT(findings(R"('\x4')", none), ::testing::SizeIs(1));
}

TEST(expression_syntax, binds_operators_as_cel_does) {
  EXPECT_EQ(constant("1 + 2 * 3"), "7");
  EXPECT_EQ(constant("(1 + 2) * 3"), "9");
  EXPECT_EQ(constant("10 - 4 - 3"), "3");
  EXPECT_EQ(constant("100 / 10 / 5"), "2");
  EXPECT_EQ(constant("-2 * -3"), "6");
  EXPECT_EQ(constant("2 - -3"), "5");
  EXPECT_EQ(constant("--3"), "3");
  EXPECT_EQ(constant("!!true"), "true");
  EXPECT_EQ(constant("!false && false"), "false");
  EXPECT_EQ(constant("true || true && false"), "true");
  EXPECT_EQ(constant("1 + 1 == 2 && 3 < 4"), "true");
  EXPECT_EQ(constant("false ? 1 : true ? 2 : 3"), "2");
  EXPECT_EQ(constant("true ? 1 : 2 + 10"), "1");
  EXPECT_EQ(constant("3 in [1, 2] || 2 in [2,]"), "true");
  EXPECT_EQ(constant("'a' + 'b'.upper() + 'c'"), "aBc");
  EXPECT_EQ(constant("-'abc'.size()"), "-3");
}

TEST(expression_syntax, skips_white_space_and_comments) {
  EXPECT_EQ(constant(" 1\n +\t2 // three"), "3");
  EXPECT_EQ(constant("1 // one\n + 1"), "2");
}

TEST(expression_syntax, names_columns_with_dots_and_in_backticks) {
  const auto t = table{}.add("loc.lat", "int64", {7}).add("my col", "int64", {8});
  EXPECT_THAT(evaluate("loc.lat + `my col`", t), ElementsAre("15"));
}

TEST(expression_syntax, says_what_it_expected) {
  const core::schema s{{{"a", {core::type_id::int64, 0}, false}}};
  EXPECT_THAT(findings("", s), ElementsAre("1:1: expected an expression (for example `amount > "
                                           "10.0`)"));
  EXPECT_THAT(findings("a +", s), ElementsAre("4:1: expected a value, but the expression ends "
                                              "here"));
  EXPECT_THAT(findings("(a", s), ElementsAre("3:1: expected `)`, but the expression ends here"));
  EXPECT_THAT(findings("a b", s), ElementsAre("3:1: expected an operator or the end, found `b`"));
  EXPECT_THAT(findings("min(a b)", s), ElementsAre("7:1: expected `,` or `)`, found `b`"));
  EXPECT_THAT(findings("a ? 1", s), ElementsAre("6:1: expected `:`, but the expression ends here"));
  EXPECT_THAT(findings("a * / 2", s), ElementsAre("5:1: expected a value, found `/`"));
  EXPECT_THAT(findings("min(a,)", s), ElementsAre("7:1: expected a value, found `)`"));
  EXPECT_THAT(findings("'s'.size", s),
              ElementsAre("9:1: expected `(` after the method `size`, but the expression ends "
                          "here"));
  EXPECT_THAT(findings("a # 1", s), ElementsAre("3:1: `#` does not belong into an expression"));
  EXPECT_THAT(findings("a \xe2\x89\xa5 1", s), // the sign for "at least"
              ElementsAre("3:3: `\xe2\x89\xa5` does not belong into an expression"));
  EXPECT_THAT(findings("``", s),
              ElementsAre("1:2: expected a column's name between two backticks"));
}

TEST(expression_syntax, knows_the_habits_of_other_languages) {
  const core::schema s{{{"a", {core::type_id::boolean, 0}, false}}};
  EXPECT_THAT(findings("a = true", s),
              ElementsAre("3:1: `=` does not belong into an expression (write `==` to compare)"));
  EXPECT_THAT(findings("a and a", s), ElementsAre("3:3: expected an operator or the end, found "
                                                  "`and` (write `&&` for \"and\")"));
  EXPECT_THAT(findings("not a", s), ElementsAre("5:1: expected an operator or the end, found `a` "
                                                "(write `!` for \"not\")"));
  EXPECT_THAT(findings("a & a", s), ElementsAre("3:1: `&` does not belong into an expression "
                                                "(write `&&` for \"and\")"));
  EXPECT_THAT(findings("a <> a", s),
              ElementsAre("3:2: `<>` is not an operator (write `!=` for \"not equal\")"));
  EXPECT_THAT(findings("2 ** 3", s),
              ElementsAre("3:2: `**` is not an operator (write `pow(x, y)`)"));
}

TEST(expression_syntax, refuses_hostile_texts_without_deep_recursion) {
  const core::schema s{{{"a", {core::type_id::int64, 0}, false}}};
  std::string opened(101, '(');
  opened.push_back('a');
  EXPECT_THAT(findings(opened, s), ElementsAre("101:1: this is nested more than 100 levels deep"));
  std::string negated(200, '-');
  negated.push_back('a');
  EXPECT_THAT(findings(negated, s), ElementsAre("101:1: this is nested more than 100 levels deep"));
  EXPECT_THAT(findings(std::string(200, '['), s), ::testing::SizeIs(1));
  EXPECT_THAT(findings(std::string(4097, ' '), s),
              ElementsAre("1:1: this expression has 4097 bytes; at most 4096 are allowed"));
  std::string nested_choice = "a";
  for (int i = 0; i < 150; ++i)
    nested_choice.insert(0, "true ? 1 : ");
  EXPECT_THAT(findings(nested_choice, s), ::testing::SizeIs(1));
}

TEST(expression_syntax, takes_long_chains) {
  const auto t = table{}.add("a", "int64", {1});
  std::string sum = "a";
  for (int i = 1; i < 2000; ++i)
    sum += "+a";
  EXPECT_THAT(evaluate(sum, t), ElementsAre("2000"));
}

TEST(expression_syntax, places_findings_after_the_quote_of_a_scalar) {
  core::value scalar{std::string{"amout > 1"}, {12, 20, 11}};
  const core::schema s{{{"amount", {core::type_id::float64, 0}, false}}};
  core::diagnostics found;
  EXPECT_FALSE(compile_condition(scalar, s, found, "where"));
  scalar.quoted = true;
  EXPECT_FALSE(compile_condition(scalar, s, found, "where"));
  EXPECT_EQ(found.all()[0].span, (core::source_span{12, 20, 5}));
  EXPECT_EQ(found.all()[1].span, (core::source_span{12, 21, 5}));
}

TEST(expression_syntax, places_findings_of_a_text_of_several_lines_at_its_start) {
  core::diagnostics found;
  EXPECT_FALSE(compile("1 +\n x", core::schema{{}}, {3, 9, 1}, found));
  EXPECT_EQ(found.all()[0].span, (core::source_span{3, 9, 1}));
}

} // namespace lepton::pipelines::testing
