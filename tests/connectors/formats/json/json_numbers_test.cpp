#include "connectors/formats/json/json_decoder.hpp"
#include "tests/connectors/records.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

namespace lepton::tests {

namespace {

std::string digits(std::mt19937_64& random, std::size_t most) {
  std::string out;
  const auto count = 1 + random() % most;
  for (std::size_t i = 0; i < count; ++i)
    out += static_cast<char>('0' + random() % 10);
  return out;
}

/// A number by the grammar, in many lengths and forms.
std::string any_number(std::mt19937_64& random) {
  std::string out = random() % 3 == 0 ? "-" : "";
  auto whole = digits(random, random() % 8 == 0 ? 40 : 9);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  out += whole;
  if (random() % 4 != 0)
    out += "." + digits(random, random() % 8 == 0 ? 40 : 8);
  if (random() % 4 == 0)
    out += fmt::format("{}{}{}", random() % 2 ? "e" : "E", random() % 3 == 0 ? "-" : "",
                       random() % (random() % 2 ? 330 : 30));
  return out;
}

class json_numbers : public testing::Test {
protected:
  json_numbers() {
    core::diagnostics findings;
    decoder_ = std::make_unique<connectors::json_decoder>(connectors::json_layout::make(
        {entry("d", "float64"), entry("f", "float32"), entry("v", "float32[2]")}, false, findings));
  }

  void check(const std::string& text) {
    const double wide = std::strtod(text.c_str(), nullptr);
    const auto out = decode(*decoder_, {fmt::format("{{\"d\":{0},\"f\":0,\"v\":[0,0]}}", text)});
    ASSERT_EQ(out.rows, std::isinf(wide) ? 0 : 1) << text;
    if (out.rows == 1) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(out.columns[0]->as<double>()[0]),
                std::bit_cast<std::uint64_t>(wide))
          << text;
    }
    const float narrow = std::strtof(text.c_str(), nullptr);
    const auto floats =
        decode(*decoder_, {fmt::format("{{\"d\":0,\"f\":{0},\"v\":[{0},{0}]}}", text)});
    ASSERT_EQ(floats.rows, std::isinf(narrow) ? 0 : 1) << text;
    if (floats.rows == 1) {
      ASSERT_EQ(floats.columns[1]->as<float>()[0], narrow) << text;
      ASSERT_EQ(floats.columns[2]->as<float>()[1], narrow) << text;
    }
  }

  std::unique_ptr<core::decoder> decoder_;
};

} // namespace

TEST_F(json_numbers, are_the_nearest_double_and_float_for_random_texts) {
  std::mt19937_64 random{11};
  for (int i = 0; i < 100'000; ++i)
    check(any_number(random));
}

TEST_F(json_numbers, are_exact_for_shortest_and_long_texts_of_random_bits) {
  std::mt19937_64 random{12};
  for (int i = 0; i < 30'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value))
      continue;
    check(fmt::format("{}", value));
    check(fmt::format("{:.25e}", value));
    const auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(narrow))
      check(fmt::format("{}", narrow));
  }
}

TEST_F(json_numbers, are_right_at_the_borders) {
  for (const auto* text :
       {"2.2250738585072011e-308", "2.2250738585072014e-308", "4.9406564584124654e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623158e308",
        "9007199254740993", "9007199254740992.99999999999999999",
        "0.500000000000000166533453693773481063544750213623046875", "3.4028234663852886e38",
        "1.1754943508222875e-38", "1.401298464324817e-45", "9223372036854775807",
        "123456789012345678901234567890", "8.5", "0.1", "-0", "-0.0", "0e999"})
    check(text);
}

} // namespace lepton::tests
