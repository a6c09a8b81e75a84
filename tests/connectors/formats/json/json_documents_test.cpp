#include "tests/connectors/formats/json/json_documents.hpp"

#include "connectors/formats/json/json_decoder.hpp"
#include "tests/connectors/records.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>

namespace lepton::tests {

namespace {

std::unique_ptr<core::decoder> id_decoder() {
  core::diagnostics findings;
  return std::make_unique<connectors::json_decoder>(
      connectors::json_layout::make({entry("id", "int64")}, false, findings));
}

std::vector<std::string> malformed() {
  auto out = malformed_json_documents();
  for (const auto& value : malformed_json_values())
    out.push_back("{\"id\":666,\"x\":" + value + "}");
  return out;
}

/// What stands in the only column.
std::vector<std::int64_t> ids(const core::decoded& out) {
  const auto values = out.columns[0]->as<std::int64_t>();
  return {values.begin(), values.end()};
}

bool simdjson_accepts(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string{text}).error() == simdjson::SUCCESS;
}

} // namespace

TEST(json_documents, are_enough_to_cover_the_grammar) {
  EXPECT_GE(valid_json_values().size(), 95u);
  EXPECT_GE(malformed().size(), 180u);
}

TEST(json_documents, every_valid_one_is_accepted) {
  const auto decoder = id_decoder();
  for (const auto& value : valid_json_values()) {
    const auto after = decode(*decoder, {"{\"id\":7,\"x\":" + value + "}"});
    EXPECT_TRUE(after.errors.empty()) << value << ": " << after.errors[0].reason;
    const auto before = decode(*decoder, {"{\"x\":" + value + ",\"id\":7}"});
    EXPECT_TRUE(before.errors.empty()) << value;
    EXPECT_EQ(ids(before), std::vector<std::int64_t>{7});
  }
}

TEST(json_documents, every_malformed_one_is_an_error_and_leaves_no_value) {
  const auto decoder = id_decoder();
  for (const auto& text : malformed()) {
    const auto out = decode(*decoder, {"{\"id\":1}", text, "{\"id\":2}"});
    ASSERT_EQ(out.errors.size(), 1u) << text;
    EXPECT_EQ(out.errors[0].row, 1) << text;
    EXPECT_FALSE(out.errors[0].reason.empty()) << text;
    EXPECT_EQ(ids(out), (std::vector<std::int64_t>{1, 2})) << text;
    EXPECT_EQ(out.raw_rows, (std::vector<std::int32_t>{0, 2})) << text;
  }
}

TEST(json_documents, all_at_once_give_the_good_rows_in_order) {
  std::vector<std::string> texts;
  std::vector<std::int64_t> expected;
  for (const auto& text : malformed()) {
    expected.push_back(static_cast<std::int64_t>(texts.size()));
    texts.push_back("{\"id\":" + std::to_string(texts.size()) + "}");
    texts.push_back(text);
  }
  const auto decoder = id_decoder();
  const auto out = decode(*decoder, texts);
  EXPECT_EQ(out.errors.size(), texts.size() / 2);
  EXPECT_EQ(ids(out), expected);
}

TEST(json_documents, a_second_reader_rejects_the_same_malformed_ones) {
  for (const auto& text : malformed()) {
    // simdjson ignores a byte order mark; RFC 8259 forbids to write one and we do not read it.
    if (text.starts_with("\xef\xbb\xbf"))
      continue;
    EXPECT_FALSE(simdjson_accepts(text)) << text;
  }
}

TEST(json_documents, every_cut_off_document_is_an_error) {
  const std::string whole = R"({"id":7,"x":[1.5e3,true,null,"aé\u00e9\ud83d\ude39",{"y":{}}]})";
  const auto decoder = id_decoder();
  EXPECT_TRUE(decode(*decoder, {whole}).errors.empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto out = decode(*decoder, {whole.substr(0, size)});
    EXPECT_EQ(out.errors.size(), 1u) << size;
    EXPECT_EQ(out.rows, 0) << size;
  }
}

TEST(json_documents, a_hundred_thousand_brackets_are_an_error_not_a_crash) {
  const auto decoder = id_decoder();
  for (const auto& deep :
       {std::string(100'000, '['), "{\"id\":1,\"x\":" + std::string(100'000, '['),
        "{\"id\":1,\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"}) {
    const auto out = decode(*decoder, {deep});
    ASSERT_EQ(out.errors.size(), 1u);
    EXPECT_NE(out.errors[0].reason.find("nested deeper than 1024"), std::string::npos)
        << out.errors[0].reason;
  }
  std::string objects = "{\"id\":1,\"x\":";
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"x\":";
  EXPECT_EQ(decode(*decoder, {objects}).errors.size(), 1u);
}

} // namespace lepton::tests
