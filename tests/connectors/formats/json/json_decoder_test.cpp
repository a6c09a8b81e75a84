#include "connectors/formats/json/json_decoder.hpp"

#include "tests/connectors/records.hpp"

#include <gtest/gtest.h>

namespace lepton::tests {

namespace {

using namespace std::string_literals;

std::unique_ptr<core::decoder> decoder_of(std::vector<core::schema_entry> entries,
                                          bool keep = false) {
  core::diagnostics findings;
  auto layout = connectors::json_layout::make(std::move(entries), keep, findings);
  EXPECT_NE(layout, nullptr);
  return std::make_unique<connectors::json_decoder>(std::move(layout));
}

/// The reason why `value` is refused as a column of `type`; empty if it is not.
std::string refusal(std::string_view type, const std::string& value) {
  const auto decoder = decoder_of({entry("v", type)});
  const auto out = decode(*decoder, {"{\"v\":" + value + "}"});
  return out.errors.empty() ? "" : out.errors[0].reason;
}

} // namespace

TEST(json_decoder, reads_every_type) {
  const auto decoder =
      decoder_of({entry("b", "bool"), entry("i", "int32"), entry("l", "int64"),
                  entry("f", "float32"), entry("d", "float64"), entry("s", "string"),
                  entry("y", "binary"), entry("t", "timestamp_ms"), entry("v", "float32[3]")});
  const auto out = decode(*decoder, {R"({"b":true,"i":-2147483648,"l":9223372036854775807,"f":0.1,)"
                                     R"("d":-1e-3,"s":"a\n\u00e9","y":"AAEC","t":1760000000000,)"
                                     R"("v":[1,-2.5,3e2]})"});
  ASSERT_TRUE(out.errors.empty()) << out.errors[0].reason;
  EXPECT_TRUE(out.columns[0]->boolean_at(0));
  EXPECT_EQ(out.columns[1]->as<std::int32_t>()[0], INT32_MIN);
  EXPECT_EQ(out.columns[2]->as<std::int64_t>()[0], INT64_MAX);
  EXPECT_EQ(out.columns[3]->as<float>()[0], 0.1f);
  EXPECT_EQ(out.columns[4]->as<double>()[0], -1e-3);
  EXPECT_EQ(out.columns[5]->string_at(0), "a\n\u00e9");
  EXPECT_EQ(out.columns[6]->string_at(0), "\x00\x01\x02"s);
  EXPECT_EQ(out.columns[7]->as<std::int64_t>()[0], 1760000000000);
  EXPECT_EQ(out.columns[8]->as<float>()[1], -2.5f);
}

TEST(json_decoder, refuses_values_of_another_type) {
  EXPECT_EQ(refusal("int64", "\"1\""), "field 'v': expected int64, found a string");
  EXPECT_EQ(refusal("float64", "true"), "field 'v': expected float64, found true or false");
  EXPECT_EQ(refusal("string", "1"), "field 'v': expected string, found a number");
  EXPECT_EQ(refusal("bool", "1"), "field 'v': expected bool, found a number");
  EXPECT_EQ(refusal("bool", "[]"), "field 'v': expected bool, found a list");
  EXPECT_EQ(refusal("string", "{}"), "field 'v': expected string, found an object");
  EXPECT_EQ(refusal("int64", "null"), "field 'v' must not be null");
  for (const auto* list :
       {"[1,2]", "[1,2,3,4]", "[1,\"2\",3]", "[1,null,3]", "[[1,2,3]]", "1", "[]"})
    EXPECT_NE(refusal("float32[3]", list), "") << list;
}

TEST(json_decoder, refuses_numbers_out_of_range) {
  for (const auto* value : {"2147483648", "-2147483649", "1e10", "99999999999999999999999"})
    EXPECT_NE(refusal("int32", value), "") << value;
  for (const auto* value : {"9223372036854775808", "-9223372036854775809", "1e19", "1.5", "1e-1"})
    EXPECT_NE(refusal("int64", value), "") << value;
  for (const auto* value : {"1e400", "-1e400", "1e309", "1.8e308"})
    EXPECT_EQ(refusal("float64", value), "field 'v': the number is out of the range of float64");
  for (const auto* value : {"1e39", "-3.5e38", "1e400"})
    EXPECT_NE(refusal("float32", value), "") << value;
  EXPECT_EQ(refusal("int32", "2147483647"), "");
  EXPECT_EQ(refusal("int64", "-9223372036854775808"), "");
  EXPECT_EQ(refusal("int64", "1e3"), "");
  EXPECT_EQ(refusal("int64", "15.0"), "");
  EXPECT_EQ(refusal("float64", "1.7976931348623157e308"), "");
  EXPECT_EQ(refusal("float64", "1e-400"), "");
}

TEST(json_decoder, refuses_bad_text) {
  EXPECT_NE(refusal("string", R"("\ud800")").find("surrogate"), std::string::npos);
  EXPECT_NE(refusal("string", R"("\udc00\ud800")").find("surrogate"), std::string::npos);
  EXPECT_NE(refusal("string", "\"a\0b\""s), "");
  EXPECT_NE(refusal("string", "\"\xff\"").find("UTF-8"), std::string::npos);
  EXPECT_NE(refusal("string", "\"\xed\xa0\x80\"").find("UTF-8"), std::string::npos);
  EXPECT_NE(refusal("binary", "\"A\""), "");
  EXPECT_NE(refusal("timestamp_ms", "\"yesterday\""), "");
}

TEST(json_decoder, refuses_a_byte_order_mark_and_says_so) {
  const auto decoder = decoder_of({entry("v", "int64")});
  const auto out = decode(*decoder, {"\xef\xbb\xbf{\"v\":1}", ""});
  ASSERT_EQ(out.errors.size(), 2u);
  EXPECT_NE(out.errors[0].reason.find("byte order mark"), std::string::npos);
  EXPECT_EQ(out.errors[1].reason, "empty payload");
}

TEST(json_decoder, refuses_a_key_of_the_schema_that_comes_twice) {
  const auto decoder = decoder_of({entry("v", "int64"), entry("w", "int64")});
  const auto out = decode(*decoder, {R"({"v":1,"v":2,"w":3})", R"({"v":1,"w":3,"\u0076":1})",
                                     R"({"v":1,"w":2,"x":1,"x":2})"});
  ASSERT_EQ(out.errors.size(), 2u);
  EXPECT_EQ(out.errors[0].reason, "duplicate field 'v'");
  EXPECT_EQ(out.errors[1].row, 1);
  EXPECT_EQ(out.raw_rows, std::vector<std::int32_t>{2});
}

TEST(json_decoder, does_not_repeat_payload_bytes_in_a_reason) {
  const auto decoder = decoder_of({entry("v", "int64")});
  const auto out = decode(*decoder, {R"({"v":"4111111111111111"})", R"({"v":4111111111111111)"});
  for (const auto& error : out.errors)
    EXPECT_EQ(error.reason.find("4111"), std::string::npos) << error.reason;
}

TEST(json_decoder, reads_nested_renamed_and_optional_fields) {
  auto lat = entry("lat", "float64");
  lat.path = {"loc", "lat"};
  auto city = optional_entry("city", "string");
  city.path = {"loc", "name", "city"};
  auto level = entry("level", "int64");
  level.required = false;
  level.fallback = core::value{std::int64_t{5}, {}};
  const auto decoder = decoder_of({lat, city, level});
  const auto out =
      decode(*decoder, {R"({"loc":{"lat":1.5,"name":{"city":"Ulm"}},"level":1})",
                        R"({"loc":{"name":null,"lat":2.5}})",
                        R"({"level":null,"loc":{"x":[{}],"lat":3.5,"name":{}}})",
                        R"({"loc":{"lat":1},"loc":{"lat":1}})", R"({"loc":[]})", R"({"loc":{}})"});
  EXPECT_EQ(out.rows, 3);
  EXPECT_EQ(out.errors.size(), 3u);
  EXPECT_EQ(out.columns[0]->as<double>()[2], 3.5);
  EXPECT_EQ(out.columns[1]->string_at(0), "Ulm");
  EXPECT_FALSE(out.columns[1]->valid(1));
  EXPECT_FALSE(out.columns[1]->valid(2));
  EXPECT_EQ(out.columns[2]->as<std::int64_t>()[1], 5);
  EXPECT_EQ(out.columns[2]->as<std::int64_t>()[2], 5);
}

TEST(json_decoder, a_bad_record_does_not_null_the_next_one) {
  const auto decoder = decoder_of({optional_entry("s", "string"), entry("i", "int64")});
  const auto out = decode(*decoder, {R"({"s":null,"i":"x"})", R"({"s":"long text here","i":1})",
                                     R"({"s":"lost","i":2)", R"({"s":"b","i":3})"});
  ASSERT_EQ(out.rows, 2);
  EXPECT_TRUE(out.columns[0]->valid(0));
  EXPECT_EQ(out.columns[0]->string_at(0), "long text here");
  EXPECT_EQ(out.columns[0]->string_at(1), "b");
}

TEST(json_decoder, keeps_the_payload_when_asked) {
  const auto decoder = decoder_of({entry("v", "int64")}, true);
  const auto out = decode(*decoder, {"{\"v\":1}", "{\"v\":", " {\"v\": 2 , \"x\":[]} "});
  ASSERT_EQ(out.rows, 2);
  EXPECT_EQ(out.columns[1]->string_at(0), "{\"v\":1}");
  EXPECT_EQ(out.columns[1]->string_at(1), " {\"v\": 2 , \"x\":[]} ");
}

TEST(json_decoder, records_the_connector_could_not_read_are_errors) {
  const auto decoder = decoder_of({entry("v", "int64")});
  const auto batch = core::make_ref<text_batch>(std::vector<std::string>{"{\"v\":1}"});
  batch->fault = "the line is too long";
  core::decoded out;
  decoder->decode(*batch, out);
  EXPECT_EQ(out.rows, 0);
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].reason, "the line is too long");
}

} // namespace lepton::tests
