// When a new segment begins, and that no nonce is ever used twice.
#include "crypto/envelope/header.hpp"
#include "crypto/envelope/process_mark.hpp"
#include "crypto/envelope/segment.hpp"
#include "tests/crypto/envelope/stream_for_tests.hpp"

#include <set>
#include <thread>
#include <unordered_set>

#include <sys/wait.h>
#include <unistd.h>

namespace lepton::tests {

namespace {

crypto::envelope_header header_of(const std::string& envelope) {
  const auto header = crypto::read_header(envelope);
  EXPECT_TRUE(header.has_value());
  return *header;
}

std::string salt_of(const std::string& envelope) {
  return envelope.substr(24, 24);
}

} // namespace

TEST(segment, goes_on_until_a_limit) {
  for (const auto suite : all_suites) {
    const stream one{suite};
    std::chrono::seconds now{1000};
    crypto::sealer_surroundings with;
    with.now = [&] { return now; };
    with.limits = {std::chrono::seconds{3600}, 1000, 5};
    const auto sealer = one.sealer(with);
    const auto opener = one.opener();
    const auto next = [&](std::size_t size) {
      const auto envelope = sealed(*sealer, std::string(size, 'x'));
      EXPECT_TRUE(opens_as(*opener, envelope, std::string(size, 'x')));
      return header_of(envelope);
    };
    const auto first = next(1);
    for (std::uint64_t i = 1; i < 5; ++i) {
      const auto more = next(1);
      EXPECT_EQ(more.salt, first.salt);
      EXPECT_EQ(more.sequence, i);
    }
    const auto after_count = next(1000);
    EXPECT_NE(after_count.salt, first.salt);
    EXPECT_EQ(after_count.sequence, 0u);
    const auto after_bytes = next(1);
    EXPECT_NE(after_bytes.salt, after_count.salt);
    now += std::chrono::seconds{3599};
    EXPECT_EQ(next(1).salt, after_bytes.salt);
    now += std::chrono::seconds{1};
    EXPECT_NE(next(1).salt, after_bytes.salt);
  }
}

TEST(segment, ends_with_the_primary_key_and_only_then) {
  const stream one;
  const auto sealer = one.sealer();
  const auto opener = one.opener();
  const auto first = sealed(*sealer, "one");
  one.keys->add("other", fixed_key("other"));
  EXPECT_EQ(salt_of(sealed(*sealer, "two")), salt_of(first));
  one.keys->add("k", fixed_key("k 2"));
  const auto rotated = sealed(*sealer, "three");
  EXPECT_NE(salt_of(rotated), salt_of(first));
  EXPECT_EQ(header_of(rotated).key, listed_keys::id_of(fixed_key("k 2")));
  EXPECT_TRUE(opens_as(*opener, first, "one"));
  EXPECT_TRUE(opens_as(*opener, rotated, "three"));
  one.keys->close(fixed_key("k 1"));
  EXPECT_FALSE(opens_as(*opener, first, "one"));
  EXPECT_TRUE(opens_as(*opener, rotated, "three"));
}

TEST(segment, is_never_shared_by_threads) {
  const stream one;
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> heads(16);
  for (auto& mine : heads)
    threads.emplace_back([&] {
      for (int life = 0; life < 5; ++life) {
        const auto sealer = one.sealer();
        for (int i = 0; i < 4000; ++i)
          mine.push_back(sealed(*sealer, "x").substr(24, 64)); // salt, commitment, sequence
      }
    });
  for (auto& each : threads)
    each.join();
  std::unordered_set<std::string> all;
  for (const auto& mine : heads)
    all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 16u * 5 * 4000);
}

TEST(segment, is_not_shared_with_a_forked_child) {
  const stream one;
  const auto sealer = one.sealer();
  const auto before = sealed(*sealer, "x");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto child = fork();
  if (child == 0) {
    std::string out;
    const bool fine = sealer->seal("x", here, 0, out).ok() &&
                      write(ends[1], out.data(), out.size()) == static_cast<ssize_t>(out.size());
    _exit(fine ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  std::string theirs(before.size(), '\0');
  ASSERT_EQ(read(ends[0], theirs.data(), theirs.size()), static_cast<ssize_t>(theirs.size()));
  close(ends[0]);
  close(ends[1]);
  EXPECT_NE(salt_of(theirs), salt_of(before));
  EXPECT_EQ(header_of(theirs).sequence, 0u);
  const auto after = sealed(*sealer, "x"); // the parent goes on
  EXPECT_EQ(salt_of(after), salt_of(before));
  EXPECT_EQ(header_of(after).sequence, 1u);
  EXPECT_TRUE(opens_as(*one.opener(), theirs, "x"));
}

TEST(segment, gives_each_sequence_a_nonce_of_its_own) {
  for (const auto suite : {seal_suite::xchacha20_poly1305, seal_suite::aegis_256}) {
    const crypto::segment_keys keys{fixed_key("k"), {suite, suite, {}, {}}, {"t", "p", "s"}};
    std::set<std::string> nonces;
    std::array<std::uint8_t, 32> buffer;
    for (const std::uint64_t sequence :
         {0ULL, 1ULL, 255ULL, 256ULL, 1ULL << 24, (1ULL << 32) - 1}) {
      const auto nonce = keys.nonce(sequence, buffer);
      EXPECT_EQ(nonce.size(), keys.cipher().nonce_size);
      EXPECT_TRUE(nonces.insert({nonce.begin(), nonce.end()}).second);
    }
  }
}

TEST(segment, differs_by_everything_that_it_is_derived_from) {
  const auto commitment = [](std::string_view key, seal_suite suite, seal_suite cipher,
                             std::uint8_t salt, std::string_view tenant, std::string_view pipeline,
                             std::string_view schema, std::string_view sender) {
    crypto::segment_salt bytes{};
    bytes[23] = salt;
    const std::vector<std::uint8_t> from{sender.begin(), sender.end()};
    const crypto::segment_keys keys{
        fixed_key(key), {suite, cipher, bytes, from}, {tenant, pipeline, schema}};
    return std::string{keys.commitment().begin(), keys.commitment().end()};
  };
  const auto x = seal_suite::xchacha20_poly1305;
  const auto a = seal_suite::aegis_256;
  const auto r = seal_suite::recipients;
  const std::set<std::string> all{
      commitment("k", x, x, 0, "t", "p", "s", ""),   commitment("l", x, x, 0, "t", "p", "s", ""),
      commitment("k", a, a, 0, "t", "p", "s", ""),   commitment("k", r, a, 0, "t", "p", "s", ""),
      commitment("k", r, x, 0, "t", "p", "s", ""),   commitment("k", x, x, 1, "t", "p", "s", ""),
      commitment("k", x, x, 0, "tp", "", "s", ""),   commitment("k", x, x, 0, "", "tp", "s", ""),
      commitment("k", x, x, 0, "t", "p", "", "s"),   commitment("k", x, x, 0, "t", "ps", "", ""),
      commitment("k", x, x, 0, "t", "p", "s", "me"), commitment("k", x, x, 0, "t", "p", "sme", "")};
  EXPECT_EQ(all.size(), 12u);
}

TEST(process_mark, is_the_same_within_a_process_and_another_after_a_fork) {
  const auto mine = crypto::process_mark();
  EXPECT_NE(mine, 0u);
  EXPECT_EQ(crypto::process_mark(), mine);
  const auto child = fork();
  if (child == 0)
    _exit(crypto::process_mark() != mine && crypto::process_mark() == crypto::process_mark() ? 0
                                                                                             : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(crypto::process_mark(), mine);
}

} // namespace lepton::tests
