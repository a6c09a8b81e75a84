#include "connectors/formats/json/json_encoder.hpp"

#include "connectors/formats/json/json_decoder.hpp"
#include "connectors/formats/text/number_text.hpp"
#include "tests/connectors/records.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace lepton::tests {

namespace {

using namespace std::string_literals;

connectors::json_encoder encoder_of(const core::schema& schema) {
  std::vector<std::size_t> all(schema.size());
  std::iota(all.begin(), all.end(), 0);
  return {schema, all};
}

template <class T>
core::batch_ptr one_column(const char* type, const std::vector<T>& values) {
  const auto data_type = *core::parse_data_type(type);
  auto column = core::make_ref<core::column>(data_type);
  const auto rows = static_cast<std::int64_t>(values.size());
  if constexpr (std::is_convertible_v<T, std::string_view>) {
    for (const auto& value : values)
      column->append_string(value);
  } else {
    column->resize_rows(rows);
    std::copy(values.begin(), values.end(), column->template as_mutable<T>().begin());
  }
  auto schema =
      std::make_shared<const core::schema>(std::vector<core::field>{{"v", data_type, false}});
  return core::make_ref<core::batch>(schema, std::vector<core::column_ptr>{column}, rows);
}

std::string text_of(float value) {
  char text[connectors::float_text_size];
  return {text, connectors::write_float(value, text)};
}
std::string text_of(double value) {
  char text[connectors::float_text_size];
  return {text, connectors::write_double(value, text)};
}

} // namespace

TEST(json_encoder, writes_every_type) {
  const std::vector<core::schema_entry> entries{
      entry("b", "bool"),           entry("i", "int32"),        entry("l", "int64"),
      entry("f", "float32"),        entry("d", "float64"),      entry("s", "string"),
      entry("y", "binary"),         entry("t", "timestamp_ms"), entry("v", "float32[3]"),
      optional_entry("n", "string")};
  core::diagnostics findings;
  connectors::json_decoder decoder{connectors::json_layout::make(entries, false, findings)};
  const auto text = R"({"b":true,"i":-2147483648,"l":-9223372036854775808,"f":0.12345678,)"
                    R"("d":1234.5,"s":"a\"\\\n\u0001é","y":"AAEC","t":1760000000000,)"
                    R"("v":[1,-2.5,0.1],"n":null})"s;
  const auto rows = to_batch(entries, decode(decoder, {text}));
  auto encoder = encoder_of(*rows->schema);
  EXPECT_EQ(encode(encoder, rows), std::vector<std::string>{text});
}

TEST(json_encoder, writes_only_the_columns_it_is_asked_for) {
  const std::vector<core::schema_entry> entries{entry("a", "int64"), entry("b", "int64"),
                                                entry("c", "int64")};
  core::diagnostics findings;
  connectors::json_decoder decoder{connectors::json_layout::make(entries, false, findings)};
  const auto rows = to_batch(entries, decode(decoder, {R"({"a":1,"b":2,"c":3})"}));
  connectors::json_encoder encoder{*rows->schema, {2, 0}};
  EXPECT_EQ(encode(encoder, rows), std::vector<std::string>{R"({"c":3,"a":1})"});
  connectors::json_encoder none{*rows->schema, {}};
  EXPECT_EQ(encode(none, rows), std::vector<std::string>{"{}"});
}

TEST(json_encoder, refuses_what_json_cannot_say_and_writes_the_rest) {
  const auto infinity = std::numeric_limits<float>::infinity();
  const auto rows = one_column<float>("float32", {1, NAN, 2, infinity, -infinity, 3});
  auto encoder = encoder_of(*rows->schema);
  std::vector<core::row_error> errors;
  EXPECT_EQ(encode(encoder, rows, &errors),
            (std::vector<std::string>{R"({"v":1})", R"({"v":2})", R"({"v":3})"}));
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_EQ(errors[0].row, 1);
  EXPECT_EQ(errors[0].reason, "column 'v' is NaN or infinite, which JSON cannot say");
  const auto doubles = one_column<double>("float64", {NAN});
  EXPECT_TRUE(encode(encoder = encoder_of(*doubles->schema), doubles).empty());
  const auto lists = one_column<float>("float32", {0, NAN});
  EXPECT_EQ(encode(encoder = encoder_of(*lists->schema), lists).size(), 1u);
}

TEST(json_encoder, refuses_text_that_is_not_utf8) {
  const auto rows = one_column<std::string>("string", {"good", "\xff", "cut \xc3", "é"});
  auto encoder = encoder_of(*rows->schema);
  std::vector<core::row_error> errors;
  EXPECT_EQ(encode(encoder, rows, &errors).size(), 2u);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[1].row, 2);
  EXPECT_EQ(errors[1].reason, "column 'v' is not valid UTF-8");
}

TEST(json_encoder, any_text_reads_back_the_same_in_simdjson) {
  std::mt19937_64 random{3};
  const std::vector<std::string> parts{
      "\"",   "\\",   "\b", "\f", "\n", "\r", "\t", "\0"s,
      "\x1f", "\x7f", "a",  "é",  "€",  "😀", "/",  "plain text of some length"};
  std::vector<std::string> texts;
  for (int i = 0; i < 5'000; ++i) {
    std::string text;
    for (auto count = random() % 20; count > 0; --count)
      text += parts[random() % parts.size()];
    texts.push_back(text);
  }
  const auto rows = one_column<std::string>("string", texts);
  auto encoder = encoder_of(*rows->schema);
  const auto payloads = encode(encoder, rows);
  ASSERT_EQ(payloads.size(), texts.size());
  simdjson::dom::parser parser;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string_view back = parser.parse(simdjson::padded_string{payloads[i]})["v"];
    ASSERT_EQ(back, texts[i]) << payloads[i];
  }
}

TEST(json_encoder, any_number_reads_back_the_same_in_simdjson) {
  std::mt19937_64 random{4};
  std::vector<double> values;
  while (values.size() < 20'000)
    if (const auto value = std::bit_cast<double>(random()); std::isfinite(value))
      values.push_back(value);
  const auto rows = one_column<double>("float64", values);
  auto encoder = encoder_of(*rows->schema);
  const auto payloads = encode(encoder, rows);
  ASSERT_EQ(payloads.size(), values.size());
  simdjson::dom::parser parser;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double back = parser.parse(simdjson::padded_string{payloads[i]})["v"];
    ASSERT_EQ(back, values[i]) << payloads[i];
  }
}

TEST(json_encoder, keys_with_quotes_are_escaped) {
  auto schema = std::make_shared<const core::schema>(
      std::vector<core::field>{{"a\"b\nc", {core::type_id::int64, 0}, false}});
  auto column = core::make_ref<core::column>(core::data_type{core::type_id::int64, 0});
  column->resize_rows(1);
  column->as_mutable<std::int64_t>()[0] = 5;
  const core::batch_ptr rows =
      core::make_ref<core::batch>(schema, std::vector<core::column_ptr>{column}, 1);
  auto encoder = encoder_of(*schema);
  EXPECT_EQ(encode(encoder, rows), std::vector<std::string>{"{\"a\\\"b\\nc\":5}"});
}

TEST(number_text, is_the_shortest_that_reads_back_the_same) {
  std::mt19937_64 random{5};
  const auto check = [](auto value) {
    const auto text = text_of(value);
    const auto shortest = fmt::format("{}", value);
    using number = decltype(value);
    const auto back = std::is_same_v<number, float>
                          ? static_cast<number>(std::strtof(text.c_str(), nullptr))
                          : static_cast<number>(std::strtod(text.c_str(), nullptr));
    ASSERT_EQ(back, value) << text;
    ASSERT_EQ(std::signbit(back), std::signbit(value)) << text;
    if (shortest.find('e') == std::string::npos && !shortest.ends_with(".0")) {
      ASSERT_LE(text.size(), shortest.size()) << text;
    }
  };
  for (int i = 0; i < 200'000; ++i) {
    check(static_cast<float>(random() >> 40) * 0x1p-24f);
    check(static_cast<double>(random() >> 11) * 0x1p-53);
    check(static_cast<double>(static_cast<std::int64_t>(random() % 2'000'000) - 1'000'000) / 100);
    check(static_cast<float>(static_cast<int>(random() % 200'000) - 100'000) / 10000);
    if (const auto any = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        std::isfinite(any))
      check(any);
  }
}

TEST(number_text, is_plain_where_people_write_plain_numbers) {
  EXPECT_EQ(text_of(0.12345678f), "0.12345678");
  EXPECT_EQ(text_of(0.1f), "0.1");
  EXPECT_EQ(text_of(100000.0), "100000");
  EXPECT_EQ(text_of(19.99), "19.99");
  EXPECT_EQ(text_of(-0.0001), "-0.0001");
  EXPECT_EQ(text_of(0.0), "0");
  EXPECT_EQ(text_of(-0.0), "-0");
  EXPECT_EQ(text_of(1e300), "1e+300");
  EXPECT_EQ(text_of(1e-7), "1e-07");
}

} // namespace lepton::tests
