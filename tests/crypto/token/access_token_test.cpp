#include "crypto/token/access_token.hpp"

#include "crypto/token/text_codec.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>
#include <sys/stat.h>
#include <thread>

namespace lepton::crypto {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class access_token : public testing::Test {
protected:
  issued_token issue(std::chrono::seconds lifetime = 15min, std::optional<verify_key> curve = {}) {
    auto made = issue_token(key, {"alice", {"viewer"}, "acme"}, {"c1", curve}, lifetime, now);
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }
  std::string why(std::string_view token, utc_seconds at) {
    const auto checked = verifier.verify(token, at);
    return checked ? "" : checked.error().message();
  }

  signing_key key = signing_key::generate();
  utc_seconds now = *parse_utc("2026-11-25T07:05:00Z");
  token_verifier verifier{{key.public_half}, "c1", nullptr};
};

TEST_F(access_token, says_who_its_bearer_is) {
  const auto made = issue();
  const auto claims = verifier.verify(made.text, now);
  ASSERT_TRUE(claims) << claims.error().message();
  EXPECT_EQ(claims->subject, "alice");
  EXPECT_EQ(claims->roles, std::vector<std::string>{"viewer"});
  EXPECT_EQ(claims->tenant, "acme");
  EXPECT_EQ(claims->id, made.claims.id);
  EXPECT_EQ(claims->expires, now + 15min);
  EXPECT_NE(issue().claims.id, made.claims.id);
}

TEST_F(access_token, counts_only_in_its_time) {
  const auto token = issue().text;
  EXPECT_EQ(why(token, now - 30s), "");
  EXPECT_THAT(why(token, now - 31s), HasSubstr("counts from 2026-11-25T07:05:00Z on"));
  EXPECT_EQ(why(token, now + 15min + 29s), "");
  EXPECT_THAT(why(token, now + 15min + 30s), HasSubstr("expired at 2026-11-25T07:20:00Z"));
}

TEST_F(access_token, is_never_issued_or_accepted_for_more_than_a_day) {
  for (const auto lifetime : {0s, -1s, std::chrono::seconds{24h + 1s}})
    EXPECT_FALSE(issue_token(key, {"alice", {}, ""}, {"c1", {}}, lifetime, now));
  auto claims = issue().claims;
  claims.expires = claims.issued_at + 25h;
  const auto footer = take_apart_v4_public(issue().text)->footer;
  const auto forged =
      sign_v4_public(key, to_json(claims), footer, token_binding{"c1", {}}.assertion());
  EXPECT_THAT(why(forged, now), HasSubstr("longer than 24 h"));
}

TEST_F(access_token, counts_only_where_it_was_issued_for) {
  const auto token = issue().text;
  const token_verifier other_cluster{{key.public_half}, "c2", nullptr};
  EXPECT_FALSE(other_cluster.verify(token, now));
  const token_verifier other_key{{signing_key::generate().public_half}, "c1", nullptr};
  EXPECT_FALSE(other_key.verify(token, now));
  const token_verifier two_keys{
      {signing_key::generate().public_half, key.public_half}, "c1", nullptr};
  EXPECT_TRUE(two_keys.verify(token, now));

  const auto mine = signing_key::generate().public_half;
  const auto theirs = signing_key::generate().public_half;
  const auto bound = issue(15min, mine).text;
  EXPECT_TRUE(verifier.verify(bound, now, mine));
  EXPECT_FALSE(verifier.verify(bound, now, theirs));
  EXPECT_FALSE(verifier.verify(bound, now));
  EXPECT_TRUE(verifier.verify(token, now, mine)) << "bound to nobody";
}

TEST_F(access_token, does_not_survive_a_change_of_footer_or_purpose) {
  const auto token = issue().text;
  const auto body = token.substr(0, token.rfind('.'));
  const auto other = signing_key::generate();
  const auto kid = fmt::format("{{\"kid\":\"{}\"}}", key_id_text(other.public_half));
  const token_verifier both{{key.public_half, other.public_half}, "c1", nullptr};
  ASSERT_TRUE(both.verify(token, now));
  EXPECT_FALSE(both.verify(body + "." + base64url(bytes_of(kid)), now));
  EXPECT_FALSE(both.verify(body, now));
  EXPECT_FALSE(both.verify("v4.local." + token.substr(10), now));
  EXPECT_FALSE(both.verify("v2.public." + token.substr(10), now));
}

TEST_F(access_token, does_not_survive_a_flipped_bit_of_its_signature) {
  const auto token = issue().text;
  auto parts = *take_apart_v4_public(token);
  const auto at = parts.message.size() - 64;
  const auto footer = "." + base64url(bytes_of(parts.footer));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto message = parts.message;
    message[at + bit / 8] = static_cast<char>(message[at + bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verifier.verify("v4.public." + base64url(bytes_of(message)) + footer, now)) << bit;
  }
  EXPECT_TRUE(verifier.verify("v4.public." + base64url(bytes_of(parts.message)) + footer, now));
}

TEST_F(access_token, one_million_random_or_mutated_strings_are_refused) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/{}\" ";
  std::mt19937_64 random{4};
  const auto good = issue().text;
  const auto footer_at = good.rfind('.');
  int accepted = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    std::string text;
    if (i % 2 == 0) { // a real token with one to four characters changed; most in the footer
      text = good;
      const auto changes = 1 + random() % 4;
      for (std::uint64_t n = 0; n < changes; ++n) {
        const auto from = i % 200 == 0 ? 0 : footer_at;
        auto& c = text[from + random() % (text.size() - from)];
        c = c == 'A' ? 'B' : 'A';
      }
      if (text == good)
        continue;
    } else { // noise, often behind the right beginning
      text = i % 4 == 1 ? "v4.public." : "";
      for (auto left = random() % 200; left > 0; --left)
        text += letters[random() % letters.size()];
    }
    accepted += verifier.verify(text, now).ok() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 0);
  EXPECT_TRUE(verifier.verify(good, now));
}

TEST_F(access_token, refuses_signed_claims_that_are_not_its_own) {
  const auto footer = take_apart_v4_public(issue().text)->footer;
  const auto good = to_json(issue().claims);
  const auto signed_token = [&](const std::string& payload) {
    return sign_v4_public(key, payload, footer, token_binding{"c1", {}}.assertion());
  };
  ASSERT_EQ(why(signed_token(good), now), "");
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  for (const auto& bad :
       {std::string{"{}"}, std::string{"[]"}, std::string{}, std::string{"null"}, good + "x",
        with("{\"iss\"", "{\"sub\":\"root\",\"iss\""), with("{\"iss\"", "{\"more\":1,\"iss\""),
        with("\"alice\"", "\"al ice\""), with("\"alice\"", "\"\""), with("\"alice\"", "1"),
        with("[\"viewer\"]", "\"viewer\""), with("[\"viewer\"]", "[[\"viewer\"]]"),
        with("07:20:00Z", "07:20:00+00:00"), with("2026-11-25T07:20", "2026-02-30T07:20"),
        with("\"tenant\":\"acme\",", "")})
    EXPECT_NE(why(signed_token(bad), now), "") << bad;
}

TEST_F(access_token, is_refused_once_it_or_its_subject_is_revoked) {
  const tests::temp_dir folder{"revoked"};
  const auto path = (folder / "revoked").string();
  ASSERT_TRUE(revocations::create(path));
  const token_verifier checking{{key.public_half}, "c1", std::make_shared<revocations>(path)};
  revocations other_process{path};
  const auto first = issue();
  const auto second = issue();
  const auto refused_soon = [&](const std::string& token) {
    for (const auto end = std::chrono::steady_clock::now() + 5s;
         std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(10ms))
      if (!checking.verify(token, now))
        return true;
    return false;
  };
  ASSERT_TRUE(checking.verify(first.text, now));
  ASSERT_TRUE(other_process.revoke_token(first.claims.id, first.claims.expires, now));
  EXPECT_TRUE(refused_soon(first.text));
  EXPECT_TRUE(checking.verify(second.text, now));
  ASSERT_TRUE(other_process.revoke_subject("alice", now));
  EXPECT_TRUE(refused_soon(second.text));
  const auto later = issue_token(key, {"alice", {}, ""}, {"c1", {}}, 60s, now + 1s);
  EXPECT_TRUE(checking.verify(later->text, now + 1s)) << "issued after that";
  std::ofstream{path, std::ios::app} << "nonsense\n";
  EXPECT_TRUE(refused_soon(later->text)) << "nobody knows what is revoked";
}

// The test vector of RFC 32/Z85 ("HelloWorld"), and key pairs from the libzmq manual (zmq_curve).
TEST(text_codec, reads_curve_keys_as_zeromq_writes_them) {
  const auto text_of = [](std::string_view z85) {
    const auto key = from_z85_key(z85);
    return key ? hex(*key) : "";
  };
  EXPECT_EQ(text_of("HelloWorldHelloWorldHelloWorldHelloWorld"),
            "864fd26fb559f75b864fd26fb559f75b864fd26fb559f75b864fd26fb559f75b");
  EXPECT_EQ(text_of("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"),
            "54fcba24e93249969316fb617c872bb0c1d1ff14800427c594cbfacf1bc2d652");
  EXPECT_EQ(text_of("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"),
            "8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7");
  EXPECT_EQ(text_of(std::string(40, '0')), std::string(64, '0'));
  std::string highest;
  for (int i = 0; i < 8; ++i)
    highest += "%nSc0";
  EXPECT_EQ(text_of(highest), std::string(64, 'f'));
  for (const auto& bad :
       {std::string{}, std::string(39, '0'), std::string(41, '0'), std::string(39, '0') + "~",
        std::string(39, '0') + " ", highest.substr(0, 35) + "%nSc1", std::string(40, '#')})
    EXPECT_EQ(text_of(bad), "") << bad;
}

TEST_F(access_token, keys_are_kept_in_files_of_their_owner) {
  const tests::temp_dir folder{"keys"};
  const auto path = (folder / "issuer.key").string();
  ASSERT_TRUE(key.save(path));
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  const auto loaded = signing_key::load(path);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->public_half, key.public_half);
  EXPECT_FALSE(key.save(path)) << "a key is never overwritten";
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(signing_key::load(path).error().message(), HasSubstr("chmod 600"));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  std::ofstream{path} << "k4.secret.AAAA\n";
  EXPECT_THAT(signing_key::load(path).error().message(), HasSubstr("no signing key"));
  EXPECT_FALSE(verify_key_from_text("k4.public.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

} // namespace
} // namespace lepton::crypto
