// Vectors of tests/data/wycheproof/, through the same functions that seal and open envelopes.
#include "crypto/primitives/aead.hpp"
#include "crypto/primitives/signing.hpp"
#include "crypto/primitives/x25519.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace lepton::tests {

namespace {

using bytes = std::vector<std::uint8_t>;

bytes from_hex(const std::string& text) {
  bytes out;
  if (text == "-")
    return out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return out;
}

struct vector {
  std::string id;
  std::string result;
  std::vector<bytes> fields;
};

std::vector<vector> read(const std::string& name) {
  std::ifstream file{"tests/data/wycheproof/" + name + ".txt"};
  std::vector<vector> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#"))
      continue;
    std::istringstream words{line};
    auto& made = out.emplace_back();
    words >> made.id >> made.result;
    for (std::string field; words >> field;)
      made.fields.push_back(from_hex(field));
  }
  return out;
}

bytes joined(bytes first, const bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

} // namespace

TEST(wycheproof, xchacha20_poly1305_agrees) {
  const auto& cipher = crypto::aead_xchacha20();
  std::size_t other_nonces = 0;
  const auto vectors = read("xchacha20_poly1305");
  ASSERT_EQ(vectors.size(), 315u);
  for (const auto& each : vectors) {
    const auto& [key, nonce, associated, plain, sealed, tag] =
        std::tie(each.fields[0], each.fields[1], each.fields[2], each.fields[3], each.fields[4],
                 each.fields[5]);
    const auto whole = joined(sealed, tag);
    other_nonces += nonce.size() != cipher.nonce_size;
    bytes opened(plain.size());
    const bool valid = each.result == "valid";
    EXPECT_EQ(cipher.open(whole, associated, nonce, key, opened.data()), valid) << each.id;
    if (!valid)
      continue;
    EXPECT_EQ(opened, plain) << each.id;
    bytes made(plain.size() + cipher.tag_size);
    EXPECT_TRUE(cipher.seal(plain, associated, nonce, key, made.data()));
    EXPECT_EQ(made, whole) << each.id;
  }
  EXPECT_EQ(other_nonces, 9u);
}

// The vectors have tags of 16 bytes, Lepton's have 32. Both come from the same state: the short one
// is the XOR of the halves of the long one (draft-irtf-cfrg-aegis-aead, Finalize).
TEST(wycheproof, aegis256_agrees) {
  const auto& cipher = crypto::aead_aegis256();
  const auto vectors = read("aegis256");
  ASSERT_EQ(vectors.size(), 472u);
  for (const auto& each : vectors) {
    const auto& [key, nonce, associated, plain, sealed, tag] =
        std::tie(each.fields[0], each.fields[1], each.fields[2], each.fields[3], each.fields[4],
                 each.fields[5]);
    ASSERT_EQ(tag.size(), 16u);
    bytes made(plain.size() + cipher.tag_size);
    ASSERT_TRUE(cipher.seal(plain, associated, nonce, key, made.data())) << each.id;
    bytes short_tag(16);
    for (std::size_t i = 0; i < 16; ++i)
      short_tag[i] = made[plain.size() + i] ^ made[plain.size() + 16 + i];
    const bytes body{made.begin(), made.begin() + static_cast<std::ptrdiff_t>(plain.size())};
    EXPECT_EQ(body == sealed && short_tag == tag, each.result == "valid") << each.id;

    bytes opened(plain.size());
    EXPECT_TRUE(cipher.open(made, associated, nonce, key, opened.data())) << each.id;
    EXPECT_EQ(opened, plain) << each.id;
    // A false tag, as in the invalid vectors, on the other half of either tag.
    if (each.result != "valid") {
      for (std::size_t i = 0; i < 16; ++i)
        made[plain.size() + i] ^= short_tag[i] ^ tag[i];
      if (short_tag != tag) {
        EXPECT_FALSE(cipher.open(made, associated, nonce, key, opened.data())) << each.id;
      }
    }
  }
}

TEST(wycheproof, ed25519_agrees) {
  const auto vectors = read("ed25519");
  ASSERT_EQ(vectors.size(), 151u);
  for (const auto& each : vectors)
    EXPECT_EQ(crypto::verify(each.fields[1], each.fields[2], each.fields[0]),
              each.result == "valid")
        << each.id;
}

TEST(wycheproof, x25519_agrees_and_refuses_points_of_low_order) {
  const auto vectors = read("x25519");
  ASSERT_EQ(vectors.size(), 518u);
  const bytes zero(32, 0);
  std::size_t low_order = 0;
  for (const auto& each : vectors) {
    ASSERT_EQ(each.fields[0].size(), 32u);
    bytes shared(32, 1);
    const bool agreed = crypto::x25519(std::span<const std::uint8_t, 32>{each.fields[1]},
                                       std::span<const std::uint8_t, 32>{each.fields[0]},
                                       std::span<std::uint8_t, 32>{shared});
    EXPECT_EQ(shared, each.fields[2]) << each.id;
    EXPECT_EQ(agreed, each.fields[2] != zero) << each.id;
    low_order += !agreed;
  }
  EXPECT_EQ(low_order, 31u);
}

TEST(aead, refuses_other_sizes_and_writes_nothing) {
  for (const auto* cipher : {&crypto::aead_xchacha20(), &crypto::aead_aegis256()}) {
    const bytes plain(40, 7);
    for (std::size_t size = 0; size <= 64; ++size) {
      bytes out(plain.size() + cipher->tag_size, 9);
      const bytes other(size, 1);
      const bytes nonce(cipher->nonce_size, 1);
      const bytes key(32, 2);
      EXPECT_EQ(cipher->seal(plain, {}, other, key, out.data()), size == cipher->nonce_size);
      if (size != cipher->nonce_size) {
        EXPECT_EQ(out, bytes(out.size(), 9));
        EXPECT_FALSE(cipher->open(bytes(72, 1), {}, other, key, out.data()));
      }
      EXPECT_EQ(cipher->seal(plain, {}, nonce, other, out.data()), size == 32);
      if (size < cipher->tag_size) {
        EXPECT_FALSE(cipher->open(other, {}, nonce, key, out.data()));
      }
    }
  }
}

} // namespace lepton::tests
