// What the check says about types, names and arguments.
#include "tests/pipelines/expression_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;

namespace {

const core::schema& columns() {
  static const auto shared = table{}
                                 .add("amount", "float64", {1.0})
                                 .add("card_id", "int64", {1})
                                 .add("currency", "string", {"EUR"})
                                 .add("raw", "binary", {"x"})
                                 .add("ts", "timestamp_ms", {0})
                                 .add("flag", "bool", {true})
                                 .add("f", "float32[28]", {std::vector<float>(28)})
                                 .schema();
  return *shared;
}

std::vector<std::string> check(std::string_view text) {
  return findings(text, columns());
}

} // namespace

TEST(expression_check, knows_unknown_names) {
  EXPECT_THAT(check("amout > 1"),
              ElementsAre("1:5: there is no column `amout` here (did you mean `amount`?)"));
  EXPECT_THAT(check("zzz"), ElementsAre("1:3: there is no column `zzz` here (the columns are "
                                        "amount, card_id, currency, raw, ts, flag, f)"));
  EXPECT_THAT(check("1 + lgo(amount)"),
              ElementsAre("5:3: there is no function `lgo` (did you mean `log`?)"));
  EXPECT_THAT(check("amount(1)"), ElementsAre("1:6: there is no function `amount` (`amount` is a "
                                              "column: write it without parentheses)"));
  EXPECT_THAT(check("currency.matches('a.*')"),
              ElementsAre("10:7: there is no function `matches` (regular expressions are not "
                          "available: use contains, startsWith or endsWith)"));
  EXPECT_THAT(check("currency.code"), ElementsAre("1:13: there is no column `currency.code` here "
                                                  "(the columns are amount, card_id, currency, "
                                                  "raw, ts, flag, f)"));
}

TEST(expression_check, reports_every_finding) {
  EXPECT_THAT(check("amout > 1 && card_idd == 2"),
              ElementsAre("1:5: there is no column `amout` here (did you mean `amount`?)",
                          "14:8: there is no column `card_idd` here (did you mean `card_id`?)"));
  EXPECT_THAT(check("log(currency) + hour(amount)"),
              ElementsAre("1:13: `log` takes (double), found (string)",
                          "17:12: `hour` takes (timestamp), found (double)"));
}

TEST(expression_check, names_both_types_of_an_operator) {
  EXPECT_THAT(check("currency + card_id"),
              ElementsAre("1:18: `+` does not take string and int (convert with `string(x)`)"));
  EXPECT_THAT(check("amount > '10'"),
              ElementsAre("1:13: `>` does not take double and string (convert the string with "
                          "`double(s)` or `int(s)`, or the number with `string(x)`)"));
  EXPECT_THAT(check("1 + (ts > 5)"),
              ElementsAre("5:8: `>` does not take timestamp and int (`int(t)` gives the "
                          "milliseconds of a timestamp)"));
  EXPECT_THAT(check("ts > '2024-01-01'"),
              ElementsAre("1:17: `>` does not take timestamp and string (write a constant as "
                          "`timestamp(\"2024-01-31T00:00:00Z\")`)"));
  EXPECT_THAT(check("flag + 1"), ElementsAre("1:8: `+` does not take bool and int (convert with "
                                             "`int(b)`: 1 for true, 0 for false)"));
  EXPECT_THAT(check("amount % 2"),
              ElementsAre("1:10: `%` does not take double and int (convert with `int(x)`)"));
  EXPECT_THAT(check("f * 2"),
              ElementsAre("1:5: `*` does not take list and int (take one element: `f[0]`)"));
  EXPECT_THAT(check("raw == 'x'"),
              ElementsAre("1:10: `==` does not take bytes and string (convert with `bytes(s)`)"));
  EXPECT_THAT(check("ts + ts"), ElementsAre("1:7: `+` does not take timestamp and timestamp"));
  EXPECT_THAT(check("-currency"), ElementsAre("1:9: `-` does not take string"));
  EXPECT_THAT(check("1 < amount < 5"),
              ElementsAre("1:14: `<` does not take bool and int (comparisons do not chain: write "
                          "`a < b && b < c`)"));
}

TEST(expression_check, wants_conditions_to_be_bool) {
  EXPECT_THAT(check("flag && card_id"), ElementsAre("9:7: `&&` expects bool here, found int "
                                                    "(compare it, for example `x != 0`)"));
  EXPECT_THAT(check("amount || currency"),
              ElementsAre("1:6: `||` expects bool here, found double (compare it, for example `x "
                          "!= 0`)",
                          "11:8: `||` expects bool here, found string"));
  EXPECT_THAT(check("!card_id"), ElementsAre("2:7: `!` expects bool here, found int (compare it, "
                                             "for example `x != 0`)"));
  EXPECT_THAT(check("card_id ? 1 : 2"), ElementsAre("1:7: `?:` expects bool here, found int "
                                                    "(compare it, for example `x != 0`)"));
  EXPECT_THAT(check("flag ? 1 : 'x'"),
              ElementsAre("1:14: both results of `?:` must have one type, found int and string"));
}

TEST(expression_check, counts_arguments) {
  EXPECT_THAT(check("pow(amount)"), ElementsAre("1:11: `pow` takes 2 arguments, found 1"));
  EXPECT_THAT(check("log(amount, 2)"), ElementsAre("1:14: `log` takes 1 argument, found 2"));
  EXPECT_THAT(check("log()"), ElementsAre("1:5: `log` takes 1 argument, found 0"));
  EXPECT_THAT(check("min(amount)"), ElementsAre("1:11: `min` takes 2 or more arguments, found 1"));
  EXPECT_THAT(check("currency.substring()"),
              ElementsAre("1:20: `substring` takes 1 or 2 arguments, found 0"));
  EXPECT_THAT(check("currency.contains('a', 'b')"),
              ElementsAre("1:27: `contains` takes 1 argument, found 2"));
  EXPECT_THAT(check("ts.getHours('UTC')"),
              ElementsAre("1:18: `getHours` takes 0 arguments, found 1"));
}

TEST(expression_check, tells_methods_from_functions) {
  EXPECT_THAT(check("contains(currency, 'E')"),
              ElementsAre("1:8: `contains` is a method (write `x.contains()` with the first "
                          "argument in front)"));
  EXPECT_THAT(check("amount.log()"), ElementsAre("8:3: `log` is not a method (write `log(x)`)"));
}

TEST(expression_check, lists_what_a_function_takes) {
  EXPECT_THAT(check("abs(currency)"),
              ElementsAre("1:13: `abs` takes (int) or (double), found (string)"));
  EXPECT_THAT(check("currency.contains(1)"),
              ElementsAre("1:20: `contains` takes (string, string) or (bytes, bytes), found "
                          "(string, int)"));
  EXPECT_THAT(check("log(null)"), ElementsAre("1:9: `log` takes (double), found (null) (with "
                                              "`null` the result would always be null)"));
}

TEST(expression_check, refuses_null_without_a_type) {
  EXPECT_THAT(check("null"), ElementsAre("1:4: `null` alone has no type (write it where another "
                                         "value gives the type: `x > 0 ? x : null`)"));
  EXPECT_THAT(check("flag ? null : null"),
              ElementsAre("1:18: both results of `?:` must have one type, found null and null"));
  EXPECT_THAT(check("amount + null"),
              ElementsAre("1:13: `+` does not take double and null (the result would always be "
                          "null: test with `is_null(x)`, replace with `coalesce(x, y)`)"));
}

TEST(expression_check, wants_lists_where_they_belong) {
  EXPECT_THAT(check("[1, 2]"), ElementsAre("1:6: a list can only stand to the right of `in`"));
  EXPECT_THAT(check("size([1])"), ::testing::SizeIs(1));
  EXPECT_THAT(check("card_id in card_id"),
              ElementsAre("12:7: expected a list such as `[1, 2]` to the right of `in`"));
  EXPECT_THAT(check("card_id in [1, 'a']"),
              ElementsAre("16:3: expected int in this list, found string"));
  EXPECT_THAT(check("card_id in [card_id]"), ElementsAre("13:7: a list can hold only constants"));
  EXPECT_THAT(check("currency in [null]"), ElementsAre("14:4: a list can hold only constants"));
  EXPECT_THAT(check("null in [1]"), ElementsAre("1:4: `in` does not take null"));
  EXPECT_THAT(check("f in [1.0]"), ElementsAre("1:1: `in` does not take list"));
}

TEST(expression_check, knows_the_length_of_lists) {
  EXPECT_THAT(check("f[28]"), ElementsAre("3:2: index 28 is out of range: `f` has 28 values "
                                          "(indices go from 0 to 27)"));
  EXPECT_THAT(check("f[-1]"), ElementsAre("3:2: index -1 is out of range: `f` has 28 values "
                                          "(indices go from 0 to 27)"));
  EXPECT_THAT(check("f[14 + 14]"), ::testing::SizeIs(1));
  EXPECT_THAT(check("f[1.0]"),
              ElementsAre("1:6: `[]` takes a list column and an int, found list and double"));
  EXPECT_THAT(check("currency[0]"),
              ElementsAre("1:11: `[]` takes a list column and an int, found string and int"));
}

TEST(expression_check, computes_constants_and_reports_those_that_fail) {
  EXPECT_THAT(check("amount + 1 / 0"), ElementsAre("10:5: `1 / 0` always fails: integer division "
                                                   "by zero"));
  EXPECT_THAT(check("timestamp('yesterday')"),
              ElementsAre("1:22: `timestamp('yesterday')` always fails: text is not a timestamp"));
  EXPECT_THAT(check("9223372036854775807 + 1"),
              ElementsAre("1:23: `9223372036854775807 + 1` always fails: integer overflow"));
}

TEST(expression_check, gives_conditions_that_are_not_bool_a_place) {
  core::diagnostics found;
  const core::value scalar{std::string{"amount"}, {4, 10, 6}};
  EXPECT_FALSE(compile_condition(scalar, columns(), found, "where"));
  ASSERT_EQ(found.all().size(), 1U);
  EXPECT_EQ(core::render(found, "p.yaml", "\n\n\n  where: amount\n"),
            "p.yaml:4:10: error: a condition must be bool, found double\n"
            " 4 |   where: amount\n"
            "   |          ^^^^^^\n"
            "  help: compare it, for example `score > 0.9`\n");
}

} // namespace lepton::pipelines::testing
