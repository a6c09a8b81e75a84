#include "crypto/token/paseto.hpp"

#include "crypto/token/text_codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace lepton::crypto {
namespace {

using nlohmann::json;

template <std::size_t Size>
std::array<std::uint8_t, Size> array_of_hex(const std::string& text) {
  const auto bytes = from_hex(text);
  EXPECT_TRUE(bytes && bytes->size() == Size);
  std::array<std::uint8_t, Size> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

std::optional<std::string> opened(const std::string& token, const verify_key& key,
                                  const std::string& footer, const std::string& implicit) {
  const auto parts = take_apart_v4_public(token);
  if (!parts || parts->footer != footer)
    return std::nullopt;
  return verify_v4_public(*parts, key, implicit);
}

constexpr const char* vector_key =
    "1eb9dbbbbc047c03fd70604e0071f0987e16b28b757225c11f00415d0e20b1a2";

TEST(paseto, passes_the_official_vectors) {
  const auto all = json::parse(std::ifstream{"tests/data/paseto/v4.json"});
  int passed = 0;
  int refused = 0;
  for (const auto& one : all) {
    const auto name = one.at("name").get<std::string>();
    const auto token = one.at("token").get<std::string>();
    const auto footer = one.at("footer").get<std::string>();
    const auto implicit = one.at("implicit-assertion").get<std::string>();
    const auto key = array_of_hex<32>(one.value("public-key", vector_key));
    if (one.at("expect-fail") || !one.contains("public-key")) {
      EXPECT_FALSE(opened(token, key, footer, implicit)) << name;
      ++refused;
      continue;
    }
    const auto payload = one.at("payload").get<std::string>();
    EXPECT_EQ(opened(token, key, footer, implicit), payload) << name;
    const auto secret_half = array_of_hex<64>(one.at("secret-key").get<std::string>());
    const signing_key pair{key, secret::of(secret_half)};
    EXPECT_EQ(sign_v4_public(pair, payload, footer, implicit), token) << name;
    ++passed;
  }
  EXPECT_EQ(passed, 3);
  EXPECT_EQ(refused, 14); // the five that must fail, and nine that are v4.local
}

TEST(paseto, encodes_lists_so_that_no_two_are_the_same) {
  using namespace std::string_literals;
  EXPECT_EQ(pae({}), "\0\0\0\0\0\0\0\0"s);
  EXPECT_EQ(pae({""}), "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s);
  EXPECT_EQ(pae({"test"}), "\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0test"s);
  EXPECT_NE(pae({"ab", "c"}), pae({"a", "bc"}));
}

TEST(paseto, names_keys_as_paserk_does) {
  // The first of the vectors k4.pid and k4.public of PASERK.
  verify_key zeros{};
  EXPECT_EQ(to_text(zeros), "k4.public.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(key_id_text(zeros), "k4.pid.S_XQmeEwHbbvRmiyfXfHYpLGjXGzjTRSDoT1YtTakWFE");
}

TEST(paseto, takes_only_the_one_form_of_a_token) {
  const auto key = signing_key::generate();
  const auto good = sign_v4_public(key, "{}", "f", "");
  ASSERT_TRUE(opened(good, key.public_half, "f", ""));
  for (const auto& bad :
       {good + "=", good + "A", good + ".", good + ".Zg", " " + good, good + "\n",
        "V4" + good.substr(2), std::string{"v4.public..Zg"}, std::string{"v4.public."},
        "v3" + good.substr(2), good.substr(0, good.rfind('.')) + ".",
        good + std::string(max_token_size, 'A')})
    EXPECT_FALSE(opened(bad, key.public_half, "f", "")) << bad.substr(0, 300);
  EXPECT_FALSE(from_base64url("Zh")) << "bits are left over";
  EXPECT_FALSE(from_base64url("Zg=="));
  EXPECT_FALSE(from_base64url("Z+"));
  EXPECT_TRUE(from_base64url("Zg"));
}

} // namespace
} // namespace lepton::crypto
