// Every operator and function, with its edges.
#include "tests/pipelines/expression_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;

namespace {
constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();
const double nan = std::numeric_limits<double>::quiet_NaN();
const double inf = std::numeric_limits<double>::infinity();
const std::string overflow = "! integer overflow in `x`";
const std::string by_zero = "! integer division by zero in `x`";
} // namespace

TEST(expression_arithmetic, computes_with_integers) {
  const auto t = table{}.add("a", "int64", {7, -7}).add("b", "int64", {2, 2});
  EXPECT_THAT(evaluate("a + b", t), ElementsAre("9", "-5"));
  EXPECT_THAT(evaluate("a - b", t), ElementsAre("5", "-9"));
  EXPECT_THAT(evaluate("a * b", t), ElementsAre("14", "-14"));
  EXPECT_THAT(evaluate("a / b", t), ElementsAre("3", "-3")); // toward zero
  EXPECT_THAT(evaluate("a % b", t), ElementsAre("1", "-1")); // sign of the left
  EXPECT_THAT(evaluate("-a", t), ElementsAre("-7", "7"));
  EXPECT_THAT(evaluate("10 - a", t), ElementsAre("3", "17"));
  EXPECT_THAT(evaluate("a - 10", t), ElementsAre("-3", "-17"));
}

TEST(expression_arithmetic, fails_the_rows_that_overflow_and_no_others) {
  const auto t = table{}.add("a", "int64", {highest, lowest, 1, lowest});
  EXPECT_THAT(evaluate("a + 1", t),
              ElementsAre(overflow, "-9223372036854775807", "2", "-9223372036854775807"));
  EXPECT_THAT(evaluate("a - 1", t), ElementsAre("9223372036854775806", overflow, "0", overflow));
  EXPECT_THAT(evaluate("1 - a", t), ElementsAre("-9223372036854775806", overflow, "0", overflow));
  EXPECT_THAT(evaluate("a * 2", t), ElementsAre(overflow, overflow, "2", overflow));
  EXPECT_THAT(evaluate("a * -1", t), ElementsAre("-9223372036854775807", overflow, "-1", overflow));
  EXPECT_THAT(evaluate("-a", t), ElementsAre("-9223372036854775807", overflow, "-1", overflow));
  EXPECT_THAT(evaluate("abs(a)", t), ElementsAre("9223372036854775807", overflow, "1", overflow));
  EXPECT_THAT(evaluate("a + a", t), ElementsAre(overflow, overflow, "2", overflow));
}

TEST(expression_arithmetic, fails_rows_that_divide_by_zero) {
  const auto t = table{}.add("a", "int64", {6, 6, lowest, 0}).add("b", "int64", {0, 4, -1, 0});
  EXPECT_THAT(evaluate("a / b", t), ElementsAre(by_zero, "1", overflow, by_zero));
  EXPECT_THAT(evaluate("a % b", t), ElementsAre(by_zero, "2", overflow, by_zero));
  EXPECT_THAT(evaluate("12 / b", t), ElementsAre(by_zero, "3", "-12", by_zero));
  EXPECT_THAT(evaluate("a / 0", t), ElementsAre(by_zero, by_zero, by_zero, by_zero));
}

TEST(expression_arithmetic, follows_ieee_for_doubles) {
  const auto t = table{}.add("a", "float64", {1.0, 0.0, -1.0, nan});
  EXPECT_THAT(evaluate("a / 0.0", t),
              ElementsAre("inf", ::testing::HasSubstr("nan"), "-inf", "nan"));
  EXPECT_THAT(evaluate("a + 0.5", t), ElementsAre("1.5", "0.5", "-0.5", "nan"));
  EXPECT_THAT(evaluate("0.5 - a", t), ElementsAre("-0.5", "0.5", "1.5", "nan"));
  EXPECT_THAT(evaluate("a * 3.0", t), ElementsAre("3", "0", "-3", "nan"));
  EXPECT_THAT(evaluate("-a", t), ElementsAre("-1", "-0", "1", "-nan"));
}

TEST(expression_arithmetic, converts_int_to_double_where_they_meet) {
  const auto t = table{}
                     .add("i", "int32", {3})
                     .add("n", "int64", {4})
                     .add("f", "float32", {0.5})
                     .add("d", "float64", {0.25});
  EXPECT_THAT(evaluate("i + n", t), ElementsAre("7"));
  EXPECT_EQ(type_of("i + n", t), "int64");
  EXPECT_THAT(evaluate("i * f", t), ElementsAre("1.5"));
  EXPECT_EQ(type_of("i * f", t), "float64");
  EXPECT_THAT(evaluate("n + d + f", t), ElementsAre("4.75"));
  EXPECT_THAT(evaluate("n > 3.5", t), ElementsAre("true"));
  EXPECT_THAT(evaluate("1 / 2", t), ElementsAre("0"));
  EXPECT_THAT(evaluate("1 / 2.0", t), ElementsAre("0.5"));
  EXPECT_THAT(evaluate("log(n) == log(4.0)", t), ElementsAre("true"));
  EXPECT_THAT(evaluate("true ? n : d", t), ElementsAre("4"));
  EXPECT_EQ(type_of("d > 0.0 ? n : d", t), "float64");
}

TEST(expression_arithmetic, computes_with_timestamps) {
  const auto t = table{}.add("a", "timestamp_ms", {5000}).add("b", "timestamp_ms", {2000});
  EXPECT_THAT(evaluate("a - b", t), ElementsAre("3000"));
  EXPECT_EQ(type_of("a - b", t), "int64");
  EXPECT_THAT(evaluate("a + 1", t), ElementsAre("5001"));
  EXPECT_THAT(evaluate("1 + a", t), ElementsAre("5001"));
  EXPECT_EQ(type_of("a - duration('1s')", t), "timestamp_ms");
  EXPECT_THAT(evaluate("a - duration('1s')", t), ElementsAre("4000"));
  EXPECT_THAT(evaluate("a > b && a != b", t), ElementsAre("true"));
  EXPECT_THAT(evaluate("max(a, b) == a", t), ElementsAre("true"));
  const auto late = table{}.add("a", "timestamp_ms", {highest});
  EXPECT_THAT(evaluate("a + 1", late), ElementsAre(overflow));
}

TEST(expression_comparison, compares_each_type) {
  const auto t = table{}.add("a", "int64", {1, 2, 3});
  EXPECT_THAT(evaluate("a == 2", t), ElementsAre("false", "true", "false"));
  EXPECT_THAT(evaluate("a != 2", t), ElementsAre("true", "false", "true"));
  EXPECT_THAT(evaluate("a < 2", t), ElementsAre("true", "false", "false"));
  EXPECT_THAT(evaluate("a <= 2", t), ElementsAre("true", "true", "false"));
  EXPECT_THAT(evaluate("a > 2", t), ElementsAre("false", "false", "true"));
  EXPECT_THAT(evaluate("2 >= a", t), ElementsAre("true", "true", "false"));
  const auto s =
      table{}.add("s", "string", {"a", "b", "\xc3\xa9"}).add("b", "bool", {true, false, true});
  EXPECT_THAT(evaluate("s == 'b'", s), ElementsAre("false", "true", "false"));
  EXPECT_THAT(evaluate("s < 'b'", s), ElementsAre("true", "false", "false"));
  EXPECT_THAT(evaluate("s > 'z'", s), ElementsAre("false", "false", "true")); // by code point
  EXPECT_THAT(evaluate("b == true", s), ElementsAre("true", "false", "true"));
  EXPECT_THAT(evaluate("b != (s == 'a')", s), ElementsAre("false", "false", "true"));
}

TEST(expression_comparison, treats_nan_as_equal_to_nothing) {
  const auto t = table{}.add("a", "float64", {nan, 1.0});
  EXPECT_THAT(evaluate("a == a", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("a != a", t), ElementsAre("true", "false"));
  EXPECT_THAT(evaluate("a < 5.0", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("a >= 5.0", t), ElementsAre("false", "false"));
  EXPECT_THAT(evaluate("!(a >= 5.0)", t), ElementsAre("true", "true"));
  EXPECT_THAT(evaluate("a in [1.0, 2.0]", t), ElementsAre("false", "true"));
  EXPECT_THAT(evaluate("a in [0.0 / 0.0, 2.0]", t), ElementsAre("false", "false"));
}

TEST(expression_comparison, finds_members_of_lists) {
  const auto t = table{}
                     .add("a", "int64?", {1, 5, null})
                     .add("s", "string", {"x", "y", "z"})
                     .add("d", "float32", {0.5, 2.0, 3.0})
                     .add("b", "bool", {true, false, true});
  EXPECT_THAT(evaluate("a in [1, 2, 3]", t), ElementsAre("true", "false", "null"));
  EXPECT_THAT(evaluate("a in []", t), ElementsAre("false", "false", "null"));
  EXPECT_THAT(evaluate("a in [1.5, 5]", t), ElementsAre("false", "true", "null"));
  EXPECT_THAT(evaluate("a in [0,9,8,7,6,5,4,3,2,11,12]", t), ElementsAre("false", "true", "null"));
  EXPECT_THAT(evaluate("s in ['z', 'x']", t), ElementsAre("true", "false", "true"));
  EXPECT_THAT(evaluate("s in ['1','2','3','4','5','6','7','8','9','x']", t),
              ElementsAre("true", "false", "false"));
  EXPECT_THAT(evaluate("!(s in ['z'])", t), ElementsAre("true", "true", "false"));
  EXPECT_THAT(evaluate("d in [2, 0.5]", t), ElementsAre("true", "true", "false"));
  EXPECT_THAT(evaluate("b in [true]", t), ElementsAre("true", "false", "true"));
  EXPECT_EQ(constant("b'a' in [b'a']"), "true");
}

TEST(expression_math, computes_functions_of_doubles) {
  EXPECT_EQ(constant("log(1.0)"), "0");
  EXPECT_EQ(constant("log(0.0)"), "-inf");
  EXPECT_EQ(constant("is_nan(log(-1.0))"), "true");
  EXPECT_EQ(constant("log2(8.0)"), "3");
  EXPECT_EQ(constant("log10(1000.0)"), fmt::format("{}", std::log10(1000.0)));
  EXPECT_EQ(constant("log1p(0.0)"), "0");
  EXPECT_EQ(constant("exp(0.0)"), "1");
  EXPECT_EQ(constant("exp(1000.0)"), "inf");
  EXPECT_EQ(constant("sqrt(16)"), "4");
  EXPECT_EQ(constant("is_nan(sqrt(-1.0))"), "true");
  EXPECT_EQ(constant("sin(0.0)"), "0");
  EXPECT_EQ(constant("cos(0.0)"), "1");
  EXPECT_EQ(constant("tanh(0.0)"), "0");
  EXPECT_EQ(constant("floor(-1.5)"), "-2");
  EXPECT_EQ(constant("ceil(-1.5)"), "-1");
  EXPECT_EQ(constant("round(2.5)"), "3"); // half away from zero
  EXPECT_EQ(constant("round(-2.5)"), "-3");
  EXPECT_EQ(constant("pow(2, 10)"), "1024");
  EXPECT_EQ(constant("pow(2.0, -1)"), "0.5");
  EXPECT_EQ(constant("sign(-3.5)"), "-1");
  EXPECT_EQ(constant("abs(-3)"), "3");
  EXPECT_EQ(constant("abs(-3.5)"), "3.5");
  EXPECT_EQ(type_of("abs(-3)", table{}), "int64");
  EXPECT_EQ(constant("is_finite(1.0)"), "true");
  EXPECT_EQ(constant("is_finite(1.0 / 0.0)"), "false");
}

TEST(expression_math, finds_the_smallest_and_largest) {
  const auto t = table{}.add("a", "float64", {1.0, nan, -inf}).add("i", "int64", {2, 2, 2});
  EXPECT_THAT(evaluate("min(a, 0.5)", t), ElementsAre("0.5", "nan", "-inf"));
  EXPECT_THAT(evaluate("max(0.5, a)", t), ElementsAre("1", "nan", "0.5"));
  EXPECT_THAT(evaluate("max(i, 1, 3)", t), ElementsAre("3", "3", "3"));
  EXPECT_EQ(type_of("max(i, 1, 3)", t), "int64");
  EXPECT_THAT(evaluate("min(i, 1.5, 3)", t), ElementsAre("1.5", "1.5", "1.5"));
}

TEST(expression_conversion, converts_between_types) {
  EXPECT_EQ(constant("int(2.9)"), "2");
  EXPECT_EQ(constant("int(-2.9)"), "-2");
  EXPECT_EQ(constant("int('-12')"), "-12");
  EXPECT_EQ(constant("int('+12')"), "12");
  EXPECT_EQ(constant("int(true)"), "1");
  EXPECT_EQ(constant("int(timestamp('1970-01-01T00:00:01Z'))"), "1000");
  EXPECT_EQ(constant("double(3)"), "3");
  EXPECT_EQ(type_of("double(3)", table{}), "float64");
  EXPECT_EQ(constant("double('1.5e3')"), "1500");
  EXPECT_EQ(constant("double(false)"), "0");
  EXPECT_EQ(constant("bool('true')"), "true");
  EXPECT_EQ(constant("string(12) + string(1.5) + string(true) + string('s')"), "121.5trues");
  EXPECT_EQ(constant("string(timestamp(-1))"), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(constant("string(timestamp(0))"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(constant("bytes('a') == b'a'"), "true");
  EXPECT_EQ(constant("duration('1.5s')"), "1500");
  EXPECT_EQ(constant("duration('-2m')"), "-120000");
  EXPECT_EQ(constant("int(1) + int(double(2))"), "3");
}

TEST(expression_conversion, fails_rows_that_do_not_fit_or_parse) {
  const auto d =
      table{}.add("d", "float64", {9.3e18, -9.3e18, nan, inf, -9223372036854775808.0, 7.0});
  const std::string range = "! number out of the range of int in `x`";
  EXPECT_THAT(evaluate("int(d)", d),
              ElementsAre(range, range, range, range, "-9223372036854775808", "7"));
  const auto s = table{}.add("s", "string", {"12", "", "1x", " 1", "9223372036854775808", "+-1"});
  const std::string bad = "! text is not a number in `x`";
  EXPECT_THAT(evaluate("int(s)", s), ElementsAre("12", bad, bad, bad, bad, bad));
  EXPECT_THAT(evaluate("double(s)", s),
              ElementsAre("12", bad, bad, bad, "9.223372036854776e+18", bad));
  const auto b = table{}.add("s", "string", {"true", "True"});
  EXPECT_THAT(evaluate("bool(s)", b),
              ElementsAre("true", "! text is neither \"true\" nor \"false\" in `x`"));
  EXPECT_THAT(evaluate("timestamp(s)", b),
              ElementsAre("! text is not a timestamp in `x`", "! text is not a timestamp in `x`"));
  EXPECT_THAT(evaluate("duration(s)", b),
              ElementsAre("! text is not a duration in `x`", "! text is not a duration in `x`"));
}

TEST(expression_strings, answers_questions) {
  const auto t = table{}.add("s", "string", {"hello", "gr\xc3\xbc\xc3\x9f", ""});
  EXPECT_THAT(evaluate("s.contains('l')", t), ElementsAre("true", "false", "false"));
  EXPECT_THAT(evaluate("s.contains('')", t), ElementsAre("true", "true", "true"));
  EXPECT_THAT(evaluate("s.startsWith('gr')", t), ElementsAre("false", "true", "false"));
  EXPECT_THAT(evaluate("s.endsWith('lo')", t), ElementsAre("true", "false", "false"));
  EXPECT_THAT(evaluate("s.size()", t), ElementsAre("5", "4", "0"));
  EXPECT_THAT(evaluate("size(s)", t), ElementsAre("5", "4", "0"));
  EXPECT_THAT(evaluate("size(bytes(s))", t), ElementsAre("5", "6", "0"));
  EXPECT_THAT(evaluate("s.indexOf('\xc3\x9f')", t), ElementsAre("-1", "3", "-1"));
  EXPECT_THAT(evaluate("s.indexOf('l')", t), ElementsAre("2", "-1", "-1"));
}

TEST(expression_strings, makes_new_strings) {
  const auto t = table{}.add("s", "string", {"Hello", "\xc3\x84gypten", "  a b\t"});
  EXPECT_THAT(evaluate("s.lowerAscii()", t), ElementsAre("hello", "\xc3\x84gypten", "  a b\t"));
  EXPECT_THAT(evaluate("s.upper()", t), ElementsAre("HELLO", "\xc3\x84GYPTEN", "  A B\t"));
  EXPECT_THAT(evaluate("s.trim()", t), ElementsAre("Hello", "\xc3\x84gypten", "a b"));
  EXPECT_THAT(evaluate("'<' + s + '>'", t),
              ElementsAre("<Hello>", "<\xc3\x84gypten>", "<  a b\t>"));
  EXPECT_THAT(evaluate("s.substring(1)", t), ElementsAre("ello", "gypten", " a b\t"));
  EXPECT_THAT(evaluate("s.substring(0, 1)", t), ElementsAre("H", "\xc3\x84", " "));
  EXPECT_THAT(evaluate("s.replace('l', 'LL')", t),
              ElementsAre("HeLLLLo", "\xc3\x84gypten", "  a b\t"));
  EXPECT_EQ(constant("'aaa'.replace('aa', 'b')"), "ba");
  EXPECT_EQ(constant("'abc'.replace('', 'x')"), "abc");
  EXPECT_EQ(constant("'abc'.replace('b', '')"), "ac");
  EXPECT_EQ(constant("b'a' + b'b' == b'ab'"), "true");
}

TEST(expression_strings, fails_rows_whose_substring_is_out_of_range) {
  const auto t = table{}.add("s", "string", {"abc", "\xc3\xa4\xc3\xb6", ""});
  const std::string bad = "! substring out of range in `x`";
  EXPECT_THAT(evaluate("s.substring(3)", t), ElementsAre("", bad, bad));
  EXPECT_THAT(evaluate("s.substring(1, 2)", t), ElementsAre("b", "\xc3\xb6", bad));
  EXPECT_THAT(evaluate("s.substring(0, size(s))", t), ElementsAre("abc", "\xc3\xa4\xc3\xb6", ""));
  EXPECT_THAT(evaluate("s.substring(2, 1)", t), ElementsAre(bad, bad, bad));
  EXPECT_THAT(evaluate("s.substring(size(s) - 4)", t), ElementsAre(bad, bad, bad));
}

TEST(expression_strings, fails_rows_whose_string_grows_too_long) {
  const auto t = table{}.add("s", "string", {std::string(1 << 19, 'a'), "a"});
  EXPECT_THAT(evaluate("size(s + s)", t), ElementsAre("1048576", "2"));
  EXPECT_THAT(evaluate("size(s + s + s)", t), ElementsAre("! string too long in `x`", "3"));
  EXPECT_THAT(evaluate("size(s.replace('a', 'bbb'))", t),
              ElementsAre("! string too long in `x`", "3"));
}

TEST(expression_time, takes_parts_of_timestamps) {
  // 2024-02-29T23:59:58.125Z, a Thursday
  const auto t = table{}.add("ts", "timestamp_ms", {std::int64_t{1709251198125}});
  EXPECT_THAT(evaluate("hour(ts)", t), ElementsAre("23"));
  EXPECT_THAT(evaluate("minute(ts)", t), ElementsAre("59"));
  EXPECT_THAT(evaluate("second(ts)", t), ElementsAre("58"));
  EXPECT_THAT(evaluate("millisecond(ts)", t), ElementsAre("125"));
  EXPECT_THAT(evaluate("day_of_week(ts)", t), ElementsAre("4"));
  EXPECT_THAT(evaluate("day_of_month(ts)", t), ElementsAre("29"));
  EXPECT_THAT(evaluate("day_of_year(ts)", t), ElementsAre("60"));
  EXPECT_THAT(evaluate("month(ts)", t), ElementsAre("2"));
  EXPECT_THAT(evaluate("year(ts)", t), ElementsAre("2024"));
  EXPECT_THAT(evaluate("ts.getHours() * 100 + ts.getMinutes()", t), ElementsAre("2359"));
  EXPECT_THAT(evaluate("ts.getSeconds() * 1000 + ts.getMilliseconds()", t), ElementsAre("58125"));
  EXPECT_THAT(evaluate("ts.getDayOfWeek()", t), ElementsAre("4"));
  EXPECT_THAT(evaluate("ts.getDate() - ts.getDayOfMonth()", t), ElementsAre("1"));
  EXPECT_THAT(evaluate("ts.getDayOfYear()", t), ElementsAre("59"));
  EXPECT_THAT(evaluate("ts.getMonth()", t), ElementsAre("1"));
  EXPECT_THAT(evaluate("ts.getFullYear()", t), ElementsAre("2024"));
  EXPECT_THAT(evaluate("string(ts)", t), ElementsAre("2024-02-29T23:59:58.125Z"));
}

TEST(expression_time, is_exact_before_1970_and_at_the_limits) {
  const auto t = table{}.add("ts", "timestamp_ms", {-1, -86400000, -86400001, lowest, highest});
  EXPECT_THAT(evaluate("hour(ts)", t), ElementsAre("23", "0", "23", "16", "7"));
  EXPECT_THAT(evaluate("day_of_week(ts)", t), ElementsAre("3", "3", "2", "0", "0"));
  EXPECT_THAT(evaluate("year(ts)", t),
              ElementsAre("1969", "1969", "1969", "-292275055", "292278994"));
  EXPECT_THAT(evaluate("month(ts) * 100 + day_of_month(ts)", t),
              ElementsAre("1231", "1231", "1230", "516", "817"));
  EXPECT_THAT(evaluate("string(ts)", t),
              ElementsAre("1969-12-31T23:59:59.999Z", "1969-12-31T00:00:00Z",
                          "1969-12-30T23:59:59.999Z", "-292275055-05-16T16:47:04.192Z",
                          "292278994-08-17T07:12:55.807Z"));
}

TEST(expression_time, reads_timestamps) {
  EXPECT_EQ(constant("timestamp('2024-02-29T23:59:58.125Z')"), "1709251198125");
  EXPECT_EQ(constant("timestamp('2024-03-01T00:59:58.1259+01:00')"), "1709251198125");
  EXPECT_EQ(constant("timestamp('2024-02-29 18:29:58.125-05:30')"), "1709251198125");
  EXPECT_EQ(constant("timestamp('1969-12-31')"), "-86400000");
  EXPECT_EQ(constant("timestamp(1500)"), "1500");
  const auto t = table{}.add("s", "string",
                             {"2023-02-29", "2024-13-01", "2024-02-29T24:00:00Z",
                              "2024-02-29T10:00:00", "2024-02-29Z", "24-02-29",
                              "2024-02-29T10:00:00.Z", "2024-02-29T10:00:00Zx", ""});
  for (const auto& row : evaluate("timestamp(s)", t))
    EXPECT_EQ(row, "! text is not a timestamp in `x`");
}

TEST(expression_lists, takes_elements_and_length) {
  const auto t = table{}
                     .add("f", "float32[3]?",
                          {std::vector<float>{1, 2.5, 3}, null, std::vector<float>{4, 5, 6}})
                     .add("i", "int64", {2, 99, -1});
  EXPECT_THAT(evaluate("f[1]", t), ElementsAre("2.5", "null", "5"));
  EXPECT_EQ(type_of("f[1]", t), "float64?");
  EXPECT_THAT(evaluate("f[i]", t), ElementsAre("3", "null", "! list index out of range in `x`"));
  EXPECT_THAT(evaluate("f[i - 1 + 1] + 1", t),
              ElementsAre("4", "null", "! list index out of range in `x`"));
  EXPECT_THAT(evaluate("size(f)", t), ElementsAre("3", "null", "3"));
  EXPECT_THAT(evaluate("f.size()", t), ElementsAre("3", "null", "3"));
  EXPECT_THAT(evaluate("is_null(f)", t), ElementsAre("false", "true", "false"));
}

} // namespace lepton::pipelines::testing
