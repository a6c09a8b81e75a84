// The decoder against simdjson's whole-document parse, on records with random damage.
#include "connectors/formats/json/json_decoder.hpp"
#include "tests/connectors/records.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <optional>
#include <random>

namespace lepton::tests {

namespace {

struct wanted {
  std::string id;
  std::int64_t card = 0;
  double amount = 0;
  std::array<float, 3> f{};
};

/// One value of the object that is there once; counts how often it is there.
std::optional<simdjson::dom::element> only(const simdjson::dom::object& object,
                                           std::string_view key) {
  std::optional<simdjson::dom::element> found;
  for (const auto& [name, value] : object) {
    if (name != key)
      continue;
    if (found)
      return std::nullopt;
    found = value;
  }
  return found;
}

std::optional<std::int64_t> whole(simdjson::dom::element value) {
  if (std::int64_t number = 0; value.get_int64().get(number) == simdjson::SUCCESS)
    return number;
  double real = 0; // 1.0 and 1e3 are whole numbers
  if (value.get_double().get(real) != simdjson::SUCCESS || value.is_uint64() ||
      real != std::floor(real) || std::fabs(real) >= 9.2e18)
    return std::nullopt;
  return static_cast<std::int64_t>(real);
}

/// What the schema makes of the document by simdjson; empty if it must be refused.
std::optional<wanted> by_simdjson(simdjson::dom::parser& parser, const std::string& text) {
  simdjson::dom::object object;
  if (text.starts_with("\xef\xbb\xbf") ||
      parser.parse(simdjson::padded_string{text}).get_object().get(object) != simdjson::SUCCESS)
    return std::nullopt;
  const auto id = only(object, "tx_id");
  const auto card = only(object, "card_id");
  const auto amount = only(object, "amount");
  const auto list = only(object, "f");
  wanted out;
  std::string_view text_of_id;
  if (!id || !card || !amount || !list || id->get_string().get(text_of_id) != simdjson::SUCCESS)
    return std::nullopt;
  out.id = text_of_id;
  const auto number = whole(*card);
  if (!number || amount->get_double().get(out.amount) != simdjson::SUCCESS)
    return std::nullopt;
  out.card = *number;
  simdjson::dom::array values;
  if (list->get_array().get(values) != simdjson::SUCCESS || values.size() != out.f.size())
    return std::nullopt;
  std::size_t at = 0;
  for (const auto value : values) {
    double real = 0;
    if (value.get_double().get(real) != simdjson::SUCCESS || std::isinf(static_cast<float>(real)))
      return std::nullopt;
    out.f[at++] = static_cast<float>(real);
  }
  return out;
}

std::string damaged(std::string text, std::mt19937_64& random) {
  static const std::string bytes = "\"\\{}[],:0123456789.eE+-tfn \n\t\r\x01\x7f\x80\xc3\xa9\xf0u/x";
  for (auto times = random() % 4; times > 0; --times) {
    if (text.empty())
      break;
    const auto at = random() % text.size();
    switch (random() % 6) {
      case 0: text[at] = bytes[random() % bytes.size()]; break;
      case 1: text.insert(at, 1, bytes[random() % bytes.size()]); break;
      case 2: text.erase(at, 1 + random() % 3); break;
      case 3: text.resize(at); break;
      case 4: text.insert(at, text.substr(random() % text.size(), random() % 12)); break;
      default: text[at] = static_cast<char>(random()); break;
    }
  }
  return text;
}

} // namespace

TEST(json_decoder, agrees_with_simdjson_on_damaged_records) {
  const std::vector<std::string> seeds{
      R"({"tx_id":"tx-00000001-ab","card_id":4711,"amount":12.5,"f":[0.1,-0.25,3]})",
      R"({ "card_id" : -1 , "f" : [ 1e2 , 0 , 5.5E-1 ] , "x" : {"y":[true,false,null,"z"]} , "amount" : 0.01 , "tx_id" : "\u00e9\n" })",
      R"({"f":[0.12345678,1.0,-0.0],"tx_id":"","card_id":0,"amount":1e3,"k":"ééé€"})"};
  core::diagnostics findings;
  connectors::json_decoder decoder{
      connectors::json_layout::make({entry("tx_id", "string"), entry("card_id", "int64"),
                                     entry("amount", "float64"), entry("f", "float32[3]")},
                                    false, findings)};
  simdjson::dom::parser parser;
  std::mt19937_64 random{20};
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 150'000; ++i) {
    const auto text = damaged(seeds[random() % seeds.size()], random);
    const auto expected = by_simdjson(parser, text);
    const auto out = decode(decoder, {text});
    ASSERT_EQ(out.rows == 1, expected.has_value())
        << text << "\n"
        << (out.errors.empty() ? "accepted" : out.errors[0].reason);
    ++(expected ? accepted : refused);
    if (!expected)
      continue;
    ASSERT_EQ(out.columns[0]->string_at(0), expected->id) << text;
    ASSERT_EQ(out.columns[1]->as<std::int64_t>()[0], expected->card) << text;
    ASSERT_EQ(out.columns[2]->as<double>()[0], expected->amount) << text;
    for (std::size_t k = 0; k < expected->f.size(); ++k)
      ASSERT_EQ(out.columns[3]->as<float>()[k], expected->f[k]) << text;
  }
  EXPECT_GT(accepted, 10'000);
  EXPECT_GT(refused, 10'000);
}

} // namespace lepton::tests
