// One ciphertext for two keys: possible for the cipher, refused by the envelope.
#include "crypto/envelope/context.hpp"
#include "crypto/envelope/header.hpp"
#include "crypto/envelope/segment.hpp"
#include "tests/crypto/envelope/python_for_tests.hpp"
#include "tests/crypto/envelope/stream_for_tests.hpp"

namespace lepton::tests {

namespace {

/// Knows one key, under the id of another one.
class mislabelled_keys final : public crypto::key_source {
public:
  mislabelled_keys(const raw_key& bytes, const key_id& id) : bytes_{bytes}, id_{id} {}
  std::uint64_t generation() const noexcept override { return 1; }
  crypto::key_version_ptr primary(std::string_view, std::string_view) const override {
    return nullptr;
  }
  crypto::key_version_ptr find(std::string_view, std::string_view, const key_id&) const override {
    return std::make_shared<crypto::key_version>(
        crypto::key_version{id_, "k", {}, crypto::secret::of(bytes_), true});
  }
  crypto::key_version_ptr hash_key(std::string_view, std::string_view) const override {
    return nullptr;
  }
  crypto::identity_ptr own_identity() const override { return nullptr; }
  void missing(const key_id&) override {}

private:
  raw_key bytes_;
  key_id id_;
};

} // namespace

TEST(commitment, stops_a_ciphertext_that_was_made_for_two_keys) {
  const auto suite = seal_suite::xchacha20_poly1305;
  const stream one{suite};
  const crypto::stream_identity names{one.opens.tenant, one.opens.pipeline, one.opens.schema};
  crypto::envelope_header header;
  header.suite = suite;
  header.key = listed_keys::id_of(fixed_key("k 1"));
  header.plain_size = 64;
  const crypto::segment_origin origin{suite, suite, header.salt, {}};
  const crypto::segment_keys first{fixed_key("k 1"), origin, names};
  const crypto::segment_keys second{fixed_key("k 2"), origin, names};
  header.commitment = first.commitment();
  std::array<std::uint8_t, crypto::header_size> head;
  crypto::write_header(header, head.data());
  crypto::context_writer writer{names};
  const auto associated = writer.write(head, here, -1);
  std::array<std::uint8_t, 32> nonces[2];
  const auto nonce1 = first.nonce(0, nonces[0]);
  const auto nonce2 = second.nonce(0, nonces[1]);

  const auto forged = from_hex(python(
      "tests/crypto/envelope/forge_two_keys.py " + hex_of(first.key()) + " " + hex_of(nonce1) +
      " " + hex_of(second.key()) + " " + hex_of(nonce2) + " " + hex_of(associated)));
  ASSERT_EQ(forged.size(), 80u);
  const std::span<const std::uint8_t> body{reinterpret_cast<const std::uint8_t*>(forged.data()),
                                           forged.size()};
  std::array<std::uint8_t, 64> plain[2];
  const auto& cipher = crypto::aead_xchacha20();
  ASSERT_TRUE(cipher.open(body, associated, nonce1, first.key(), plain[0].data()));
  ASSERT_TRUE(cipher.open(body, associated, nonce2, second.key(), plain[1].data()));
  ASSERT_NE(plain[0], plain[1]);

  const std::string envelope = std::string{head.begin(), head.end()} + forged;
  const std::string expected{plain[0].begin(), plain[0].end()};
  EXPECT_TRUE(opens_as(*one.opener(), envelope, expected));
  const auto counters = std::make_shared<open_counters>();
  const auto other = std::make_unique<counting_opener>(
      *crypto::make_envelope_opener(
          std::make_shared<mislabelled_keys>(fixed_key("k 2"), header.key), one.opens, nullptr),
      counters);
  EXPECT_FALSE(opens_as(*other, envelope, {reinterpret_cast<char*>(plain[1].data()), 64}));
  EXPECT_EQ(other->last_refusal(), core::refusal::wrong_key);
  EXPECT_EQ(counters->commitment, 1u);
  EXPECT_EQ(counters->authentication, 0u);
}

TEST(commitment, is_checked_before_the_cipher_in_every_suite) {
  for (const auto suite : {seal_suite::xchacha20_poly1305, seal_suite::aegis_256}) {
    const stream one{suite};
    auto envelope = sealed(*one.sealer(), "something");
    envelope.back() = static_cast<char>(envelope.back() ^ 1);
    envelope[60] = static_cast<char>(envelope[60] ^ 1);
    const auto opener = one.opener();
    EXPECT_FALSE(opens_as(*opener, envelope, "something"));
    EXPECT_EQ(opener->last_refusal(), core::refusal::wrong_key);
    envelope[60] = static_cast<char>(envelope[60] ^ 1);
    EXPECT_FALSE(opens_as(*opener, envelope, "something"));
    EXPECT_EQ(opener->last_refusal(), core::refusal::authentication);
  }
}

} // namespace lepton::tests
