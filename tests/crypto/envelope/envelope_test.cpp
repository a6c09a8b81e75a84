#include "crypto/envelope/batch_frame.hpp"
#include "crypto/primitives/aead.hpp"
#include "tests/crypto/envelope/stream_for_tests.hpp"

namespace lepton::tests {

TEST(envelope, opens_as_it_was_sealed_in_every_suite) {
  for (const auto suite : all_suites) {
    stream one{suite};
    const auto sealer = one.sealer();
    const auto opener = one.opener();
    for (const std::size_t size : {0, 1, 15, 16, 17, 255, 4096, 100'000})
      for (int i = 0; i < 3; ++i) {
        const auto plain = fixed_bytes("plain", size);
        EXPECT_TRUE(opens_as(*opener, sealed(*sealer, plain), plain)) << size;
      }
    EXPECT_EQ(one.counters->opened, 24u);
  }
}

TEST(envelope, has_the_documented_size_and_shows_no_plaintext) {
  const std::string plain(300, 'p');
  const std::pair<seal_suite, std::size_t> sizes[] = {{seal_suite::xchacha20_poly1305, 96 + 16},
                                                      {seal_suite::aegis_256, 96 + 32}};
  for (const auto& [suite, more] : sizes) {
    stream one{suite};
    const auto envelope = sealed(*one.sealer(), plain);
    EXPECT_EQ(envelope.size(), plain.size() + more);
    EXPECT_EQ(envelope.find("pppp"), std::string::npos);
  }
}

TEST(envelope, says_whether_it_holds_a_batch) {
  stream one;
  const auto sealer = one.sealer();
  const auto opener = one.opener();
  std::string frame;
  crypto::frame_records(std::vector<crypto::framed_record>{{"k", "abc", 1}, {"", "de", 2}}, frame);
  std::string out;
  const auto opened = opener->open(sealed(*sealer, frame, 2), here, {}, out);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->is_batch);
  EXPECT_EQ(opened->records, 2u);
  EXPECT_EQ(out, frame);
  const auto single = opener->open(sealed(*sealer, "x"), here, {}, out);
  ASSERT_TRUE(single.ok());
  EXPECT_FALSE(single->is_batch);
  EXPECT_EQ(single->records, 1u);
}

TEST(envelope, is_compressed_where_that_helps) {
  for (const auto suite : all_suites) {
    stream one{suite};
    one.seals.compression = core::seal_compression::zstd;
    const auto sealer = one.sealer();
    const auto opener = one.opener();
    const std::string same(10'000, 'a');
    const auto noise = fixed_bytes("noise", 1000);
    const auto small = sealed(*sealer, same);
    EXPECT_LT(small.size(), 2000u);
    EXPECT_EQ(small[5] & 2, 2);
    EXPECT_TRUE(opens_as(*opener, small, same));
    const auto large = sealed(*sealer, noise);
    EXPECT_EQ(large[5] & 2, 0);
    EXPECT_TRUE(opens_as(*opener, large, noise));
    EXPECT_TRUE(opens_as(*opener, sealed(*sealer, ""), ""));
  }
}

TEST(envelope, has_a_largest_size_on_both_sides) {
  stream one;
  const auto sealer = one.sealer();
  const std::string most(16 << 20, 'x');
  std::string out = "before";
  const auto refused = sealer->seal(most + "y", here, 0, out);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), core::errc::capacity);
  EXPECT_EQ(out, "before");
  const auto envelope = sealed(*sealer, most);
  EXPECT_TRUE(opens_as(*one.opener(), envelope, most));

  one.seals.compression = core::seal_compression::zstd;
  const auto bomb = sealed(*one.sealer(), most);
  one.opens.max_plaintext = 1 << 20;
  const auto careful = one.opener();
  for (const auto& each : {envelope, bomb}) {
    std::string untouched;
    EXPECT_FALSE(careful->open(each, here, {}, untouched).ok());
    EXPECT_LT(untouched.capacity(), 1000u);
    EXPECT_EQ(careful->last_refusal(), core::refusal::too_large);
  }
  EXPECT_EQ(one.counters->too_large, 2u);
}

TEST(envelope, is_refused_without_its_key_and_the_source_is_told) {
  for (const auto suite : {seal_suite::xchacha20_poly1305, seal_suite::aegis_256}) {
    stream writer{suite};
    const auto envelope = sealed(*writer.sealer(), "something to read");
    stream reader{suite};
    reader.keys = std::make_shared<listed_keys>();
    reader.keys->add("k", fixed_key("another"));
    reader.keys->add("other name", fixed_key("k 1"));
    const auto opener = reader.opener();
    EXPECT_FALSE(opens_as(*opener, envelope, "something to read"));
    EXPECT_EQ(opener->last_refusal(), core::refusal::unknown_key);
    EXPECT_EQ(reader.counters->unknown_key, 1u);
    ASSERT_EQ(reader.keys->missed.size(), 1u);
    EXPECT_EQ(reader.keys->missed[0], listed_keys::id_of(fixed_key("k 1")));
    reader.keys->add("k", fixed_key("k 1"));
    EXPECT_TRUE(opens_as(*opener, envelope, "something to read"));
    reader.keys->close(fixed_key("k 1"));
    EXPECT_FALSE(opens_as(*opener, envelope, "something to read"));
  }
}

TEST(envelope, is_not_sealed_without_a_primary) {
  stream one;
  const auto sealer = one.sealer();
  EXPECT_FALSE(sealed(*sealer, "x").empty());
  one.keys->close(fixed_key("k 1"));
  std::string out = "before";
  const auto refused = sealer->seal("x", here, 0, out);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), core::errc::permission);
  EXPECT_EQ(out, "before");
}

TEST(envelope, takes_its_fastest_suite_by_itself) {
  stream one{seal_suite::automatic};
  EXPECT_EQ(sealed(*one.sealer(), "x")[4], crypto::has_fast_aes() ? 3 : 1);
}

TEST(seal_hash, is_the_same_for_the_same_key_purpose_and_value) {
  const auto keys = std::make_shared<listed_keys>();
  keys->add("k", fixed_key("k 1"));
  const auto first = keys->hash_key("k", "");
  EXPECT_EQ(crypto::seal_hash(*first, "card", "4000").size(), 32u);
  EXPECT_EQ(crypto::seal_hash(*first, "card", "4000"), crypto::seal_hash(*first, "card", "4000"));
  EXPECT_NE(crypto::seal_hash(*first, "card", "4000"), crypto::seal_hash(*first, "card", "4001"));
  EXPECT_NE(crypto::seal_hash(*first, "card", "4000"), crypto::seal_hash(*first, "car", "d4000"));
  keys->add("k", fixed_key("k 2"));
  EXPECT_NE(crypto::seal_hash(*first, "card", "4000"),
            crypto::seal_hash(*keys->hash_key("k", ""), "card", "4000"));
}

} // namespace lepton::tests
