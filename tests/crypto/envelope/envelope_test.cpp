#include "crypto/primitives/aead.hpp"
#include "tests/crypto/envelope/envelope_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

namespace lepton::crypto::testing {

using core::seal_suite;

namespace {

std::string text_of(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<char>(i * 31 + i / 251);
  return out;
}

std::pair<std::string, std::uint64_t> nonce_of(const std::string& envelope) {
  const auto header = read_header(envelope);
  return {std::string{header->salt.begin(), header->salt.end()}, header->sequence};
}

} // namespace

TEST(envelope, gives_back_what_was_sealed_in_every_suite_and_size) {
  for (const auto suite : all_suites) {
    stream_pair pair{suite};
    for (const std::size_t size : {0, 1, 15, 16, 17, 31, 32, 33, 500, 65536, 1 << 20}) {
      const auto plain = text_of(size);
      EXPECT_EQ(pair.open(pair.seal(plain)), plain) << size;
      EXPECT_EQ(pair.open(pair.seal(plain, {"tx", "card 7", 3}), {"tx", "card 7", 3}), plain);
    }
  }
}

TEST(envelope, says_whether_it_is_a_batch) {
  stream_pair pair{seal_suite::aegis_256};
  std::string out;
  const auto single = pair.opener->open(pair.seal("x"), {"tx", "", 0}, {}, out);
  EXPECT_FALSE(single->is_batch);
  EXPECT_EQ(single->records, 1U);
  const auto batch = pair.opener->open(pair.seal("x", {"tx", "", -1}, 77), {"tx", "", 0}, {}, out);
  EXPECT_TRUE(batch->is_batch);
  EXPECT_EQ(batch->records, 77U);
  EXPECT_EQ(batch->size, 1U);
}

TEST(envelope, takes_the_fastest_suite_of_the_cpu_by_itself) {
  stream_pair pair{seal_suite::automatic};
  const auto suite = read_header(pair.seal("x"))->suite;
  EXPECT_EQ(suite, has_fast_aes() ? seal_suite::aegis_256 : seal_suite::xchacha20_poly1305);
}

TEST(envelope, refuses_every_single_flipped_bit) {
  for (const auto suite : all_suites) {
    stream_pair pair{suite};
    const auto overhead = pair.seal("").size();
    auto envelope = pair.seal(text_of(overhead < 512 ? 512 - overhead : 64), {"tx", "k", 1});
    ASSERT_FALSE(pair.refuses(envelope, {"tx", "k", 1}));
    for (std::size_t bit = 0; bit < envelope.size() * 8; ++bit) {
      envelope[bit / 8] = static_cast<char>(envelope[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_TRUE(pair.refuses(envelope, {"tx", "k", 1})) << "bit " << bit;
      envelope[bit / 8] = static_cast<char>(envelope[bit / 8] ^ (1 << (bit % 8)));
    }
  }
}

TEST(envelope, refuses_every_truncation_and_extension) {
  for (const auto suite : all_suites) {
    stream_pair pair{suite};
    const auto envelope = pair.seal(text_of(300));
    for (std::size_t size = 0; size < envelope.size(); ++size)
      EXPECT_TRUE(pair.refuses(envelope.substr(0, size))) << size;
    for (std::size_t more = 1; more <= 64; ++more)
      EXPECT_TRUE(pair.refuses(envelope + std::string(more, '\0'))) << more;
  }
}

TEST(envelope, opens_only_where_it_belongs) {
  for (const auto suite : all_suites) {
    stream_pair pair{suite};
    for (int i = 0; i < 1000; ++i) {
      const auto key = "key " + std::to_string(i);
      const auto envelope = pair.seal(text_of(100), {"tx", key, 2});
      ASSERT_FALSE(pair.refuses(envelope, {"tx", key, 2}));
      EXPECT_TRUE(pair.refuses(envelope, {"ty", key, 2})) << "topic";
      EXPECT_TRUE(pair.refuses(envelope, {"", key, 2})) << "no topic";
      EXPECT_TRUE(pair.refuses(envelope, {"txk", key.substr(1), 2})) << "parts moved";
      EXPECT_TRUE(pair.refuses(envelope, {"tx", "key", 2})) << "record key";
      EXPECT_TRUE(pair.refuses(envelope, {"tx", key, 3})) << "partition";
      auto next = envelope;
      ++next[80];
      EXPECT_TRUE(pair.refuses(next, {"tx", key, 2})) << "sequence";
      const auto other = pair.seal(text_of(100), {"tx", key, 2});
      EXPECT_TRUE(
          pair.refuses(envelope.substr(0, header_size) + other.substr(header_size), {"tx", key, 2}))
          << "header of another";
    }
  }
}

TEST(envelope, opens_only_for_the_same_tenant_pipeline_schema_and_key) {
  for (const auto suite : all_suites) {
    stream_pair pair{suite};
    const auto envelope = pair.seal(text_of(100));
    const auto swapped = [&](auto change) {
      auto options = pair.opening;
      change(options);
      std::string out;
      return !pair.opener_with(options)->open(envelope, {"tx", "", 0}, {}, out) && out.empty();
    };
    EXPECT_FALSE(swapped([](auto&) {}));
    EXPECT_TRUE(swapped([](auto& options) { options.tenant = "acm"; }));
    EXPECT_TRUE(swapped([](auto& options) { options.pipeline = "shop2"; }));
    EXPECT_TRUE(swapped([](auto& options) { options.schema = "v2"; }));
    EXPECT_TRUE(swapped([](auto& options) {
      options.tenant = "acmes";
      options.pipeline = "hop";
    }));
    if (suite == seal_suite::recipients)
      EXPECT_TRUE(swapped([](auto& options) { options.senders.clear(); }));
    else
      EXPECT_TRUE(swapped([](auto& options) { options.key = "scores"; }));
  }
}

TEST(envelope, of_a_free_partition_opens_in_each) {
  stream_pair pair{seal_suite::aegis_256};
  const auto envelope = pair.seal("x", {"tx", "k", -1});
  EXPECT_EQ(pair.open(envelope, {"tx", "k", 0}), "x");
  EXPECT_EQ(pair.open(envelope, {"tx", "k", 5}), "x");
}

TEST(envelope, finds_a_wrong_key_by_the_commitment_before_the_cipher_runs) {
  stream_pair writer{seal_suite::aegis_256};
  auto envelope = writer.seal(text_of(100));
  // The id of the reader's own key on the envelope of another.
  stream_pair reader{seal_suite::aegis_256};
  const auto own = read_header(reader.seal("x"))->key;
  std::copy(own.begin(), own.end(), envelope.begin() + 8);
  EXPECT_TRUE(reader.refuses(envelope));
  EXPECT_EQ(reader.opener->last_refusal(), core::refusal::wrong_key);
  // The writer does not know the id that now stands there.
  EXPECT_TRUE(writer.refuses(envelope));
  EXPECT_EQ(writer.opener->last_refusal(), core::refusal::unknown_key);
}

TEST(envelope, opens_after_rotation_and_not_after_destruction) {
  stream_pair pair{seal_suite::aegis_256};
  const auto before = pair.seal("old");
  pair.keys->keys.rotate("payments", "acme");
  const auto after = pair.seal("new");
  EXPECT_NE(read_header(before)->key, read_header(after)->key);
  EXPECT_NE(nonce_of(before).first, nonce_of(after).first);
  EXPECT_EQ(nonce_of(after).second, 0U);
  EXPECT_EQ(pair.open(before), "old");
  EXPECT_EQ(pair.open(after), "new");
  pair.keys->keys.destroy("payments", "acme");
  EXPECT_TRUE(pair.refuses(before));
  EXPECT_TRUE(pair.refuses(after));
  EXPECT_EQ(pair.opener->last_refusal(), core::refusal::unknown_key);
  EXPECT_EQ(pair.keys->missed, 2);
  std::string out;
  const auto sealed = pair.sealer->seal("x", {}, 0, out);
  EXPECT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code(), core::errc::permission);
  EXPECT_TRUE(out.empty());
}

TEST(envelope, compresses_what_gets_smaller_and_caps_what_comes_out) {
  stream_pair plain{seal_suite::aegis_256};
  auto options = plain.sealing;
  options.compression = core::seal_compression::zstd;
  const auto sealer = make_envelope_sealer(plain.keys, options).value();
  std::string small;
  ASSERT_TRUE(sealer->seal(std::string(100'000, 'a'), {"tx", "", -1}, 0, small));
  EXPECT_LT(small.size(), 1'000U);
  EXPECT_EQ(plain.open(small), std::string(100'000, 'a'));
  std::string random;
  ASSERT_TRUE(sealer->seal(text_of(20), {"tx", "", -1}, 0, random));
  EXPECT_EQ(plain.open(random), text_of(20));

  auto capped = plain.opening;
  capped.max_plaintext = 99'999;
  std::string out;
  const auto opener = plain.opener_with(capped);
  EXPECT_FALSE(opener->open(small, {"tx", "", 0}, {}, out));
  EXPECT_EQ(opener->last_refusal(), core::refusal::too_large);
}

TEST(envelope, refuses_to_seal_more_than_the_limit) {
  stream_pair pair{seal_suite::aegis_256};
  std::string out;
  const auto sealed = pair.sealer->seal(std::string(max_plaintext + 1, 'x'), {}, 0, out);
  EXPECT_EQ(sealed.error().code(), core::errc::capacity);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(pair.open(pair.seal(std::string(max_plaintext, 'x'))).size(), max_plaintext);
}

TEST(envelope, for_recipients_opens_for_each_and_nobody_else) {
  auto sender = std::make_shared<identified_keys>();
  std::vector<std::shared_ptr<identified_keys>> readers;
  core::seal_options sealing;
  sealing.suite = seal_suite::recipients;
  for (int i = 0; i < 8; ++i) {
    readers.push_back(std::make_shared<identified_keys>());
    sealing.recipients.push_back(readers.back()->identity_text());
  }
  const auto sealer = make_envelope_sealer(sender, sealing).value();
  std::string envelope;
  ASSERT_TRUE(sealer->seal("for you", {"tx", "", -1}, 0, envelope));
  core::open_options opening;
  opening.senders = {sender->identity_text()};
  const auto opens = [&](const std::shared_ptr<identified_keys>& who) {
    std::string out;
    return make_envelope_opener(who, opening, nullptr)
               .value()
               ->open(envelope, {"tx", "", 0}, {}, out) &&
           out == "for you";
  };
  for (const auto& reader : readers)
    EXPECT_TRUE(opens(reader));
  EXPECT_FALSE(opens(std::make_shared<identified_keys>()));
  EXPECT_FALSE(opens(sender)) << "a sender is no recipient";

  sealing.recipients.push_back(sealing.recipients.front());
  EXPECT_FALSE(make_envelope_sealer(sender, sealing));
  sealing.recipients = {"lepton-id-1:AAAA"};
  EXPECT_FALSE(make_envelope_sealer(sender, sealing));
}

TEST(envelope, never_uses_a_nonce_twice_over_threads_restarts_and_forks) {
  constexpr int threads = 8;
  constexpr int each = 20'000;
  auto keys = std::make_shared<identified_keys>();
  std::vector<std::set<std::pair<std::string, std::uint64_t>>> seen(threads);
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&, t] {
      for (int restart = 0; restart < 5; ++restart) {
        stream_pair pair{seal_suite::aegis_256, keys};
        for (int i = 0; i < each / 5; ++i)
          EXPECT_TRUE(seen[static_cast<std::size_t>(t)].insert(nonce_of(pair.seal("x"))).second);
      }
    });
  for (auto& thread : running)
    thread.join();
  std::set<std::pair<std::string, std::uint64_t>> all;
  for (const auto& part : seen)
    all.insert(part.begin(), part.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(threads * each));

  stream_pair pair{seal_suite::aegis_256};
  (void)pair.seal("before");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto envelope = pair.seal("child");
    const auto wrote = write(ends[1], envelope.data(), header_size);
    _exit(wrote == header_size ? 0 : 1);
  }
  std::string from_child(header_size, '\0');
  ASSERT_EQ(read(ends[0], from_child.data(), header_size), static_cast<ssize_t>(header_size));
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  close(ends[1]);
  EXPECT_NE(nonce_of(from_child).first, nonce_of(pair.seal("parent")).first);
}

TEST(seal_hash, is_the_same_for_equal_values_of_one_purpose_and_key) {
  memory_keys keys;
  const auto key = keys.hash_key("pan", "");
  const auto hash = seal_hash(*key, "join", "4711");
  EXPECT_EQ(hash.size(), 32U);
  EXPECT_EQ(hash, seal_hash(*key, "join", "4711"));
  EXPECT_NE(hash, seal_hash(*key, "join", "4712"));
  EXPECT_NE(hash, seal_hash(*key, "joi", "n4711"));
  EXPECT_NE(hash, seal_hash(*keys.hash_key("pan", "acme"), "join", "4711"));
}

} // namespace lepton::crypto::testing
