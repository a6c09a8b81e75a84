#include "crypto/keyring/keyring.hpp"

#include "crypto/keyring/key_material.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::crypto {
namespace {

using core::errc;
using testing::HasSubstr;

constexpr std::int64_t minute = 60'000;

TEST(keyring, gives_a_new_key_a_primary_version_at_once) {
  auto keys = keyring::create();
  const auto id = keys.add("payments", "acme", 5).value();
  const auto* key = keys.find("payments", "acme");
  ASSERT_TRUE(key && key->primary());
  EXPECT_EQ(key->primary()->id, id);
  EXPECT_EQ(id_of(key->primary()->key->bytes.bytes()), id);
  EXPECT_NE(key->hash_key->id, id);
  EXPECT_EQ(keys.find("payments", ""), nullptr);
  EXPECT_EQ(keys.find("payments", "other"), nullptr);
}

TEST(keyring, moves_a_version_through_its_states) {
  auto keys = keyring::create();
  const auto first = keys.add("k", "", 0).value();
  const auto second = keys.rotate("k", "", 0).value();
  const auto state = [&](const key_id& id) { return keys.find("k", "")->version(id)->state; };
  EXPECT_EQ(state(second), key_state::pending);
  EXPECT_EQ(keys.promote("k", "", minute, false).value(), second);
  EXPECT_EQ(state(second), key_state::primary);
  EXPECT_EQ(state(first), key_state::enabled);
  EXPECT_TRUE(keys.disable("k", "", first, minute).ok());
  EXPECT_EQ(state(first), key_state::disabled);
  EXPECT_TRUE(keys.enable("k", "", first, minute).ok());
  EXPECT_EQ(state(first), key_state::enabled);
  EXPECT_TRUE(keys.destroy("k", "", first, minute).ok());
  EXPECT_EQ(state(first), key_state::destroyed);
  EXPECT_EQ(keys.find("k", "")->version(first)->key, nullptr);
  EXPECT_EQ(keys.find("k", "")->version(first)->changed_ms, minute);
}

TEST(keyring, refuses_to_promote_before_the_other_processes_can_know_the_version) {
  auto keys = keyring::create();
  ASSERT_TRUE(keys.add("k", "", 0).ok());
  EXPECT_THAT(keys.promote("k", "", 0, true).error().message(), HasSubstr("no pending version"));
  const auto pending = keys.rotate("k", "", 1000).value();
  const auto early = keys.promote("k", "", 1000 + minute - 1, false);
  ASSERT_FALSE(early.ok());
  EXPECT_THAT(early.error().message(), HasSubstr("is 59 s old: wait until it is 60 s old"));
  EXPECT_EQ(keys.find("k", "")->version(pending)->state, key_state::pending);
  EXPECT_TRUE(keys.promote("k", "", 1000 + minute - 1, true).ok());
}

TEST(keyring, refuses_a_second_pending_version) {
  auto keys = keyring::create();
  ASSERT_TRUE(keys.add("k", "", 0).ok() && keys.rotate("k", "", 0).ok());
  EXPECT_THAT(keys.rotate("k", "", 0).error().message(), HasSubstr("has a pending version"));
}

TEST(keyring, destroys_a_whole_key_with_its_hash_key_and_keeps_the_name_taken) {
  auto keys = keyring::create();
  ASSERT_TRUE(keys.add("k", "", 0).ok() && keys.rotate("k", "", 0).ok());
  ASSERT_TRUE(keys.destroy("k", "", std::nullopt, 7).ok());
  const auto* key = keys.find("k", "");
  EXPECT_EQ(key->hash_key, nullptr);
  EXPECT_EQ(key->versions.size(), 2u);
  for (const auto& one : key->versions)
    EXPECT_TRUE(one.state == key_state::destroyed && !one.key);
  EXPECT_FALSE(keys.add("k", "", 8).ok());
  EXPECT_FALSE(keys.rotate("k", "", 8).ok());
  EXPECT_FALSE(keys.destroy("k", "", std::nullopt, 8).ok());
}

TEST(keyring, lets_an_emergency_disable_the_primary_version) {
  auto keys = keyring::create();
  ASSERT_TRUE(keys.add("k", "", 0).ok());
  ASSERT_TRUE(keys.disable("k", "", std::nullopt, 1).ok());
  EXPECT_EQ(keys.find("k", "")->primary(), nullptr);
  const auto fresh = keys.rotate("k", "", 1).value();
  EXPECT_TRUE(keys.promote("k", "", 1, true).ok());
  EXPECT_EQ(keys.find("k", "")->primary()->id, fresh);
}

TEST(keyring, says_what_is_wrong_and_changes_nothing) {
  auto keys = keyring::create();
  ASSERT_TRUE(keys.add("k", "", 0).ok());
  EXPECT_EQ(keys.rotate("other", "", 0).error().code(), errc::not_found);
  EXPECT_EQ(keys.disable("k", "t", std::nullopt, 0).error().code(), errc::not_found);
  EXPECT_EQ(keys.destroy("k", "", key_id{}, 0).error().code(), errc::not_found);
  EXPECT_EQ(keys.add("k", "", 0).error().code(), errc::invalid_argument);
  for (const auto& name :
       std::vector<std::string>{"", "a/b", "a b", "\n", "naïve", std::string(129, 'a')})
    EXPECT_EQ(keys.add(name, "", 0).error().code(), errc::invalid_argument) << name;
  EXPECT_EQ(keys.add("ok", "no/good", 0).error().code(), errc::invalid_argument);
  EXPECT_EQ(keys.keys().size(), 1u);
}

TEST(key_id, reads_back_its_text) {
  const auto id = id_of(random_secret().bytes());
  EXPECT_EQ(key_id_from_hex(to_hex(id)), id);
  EXPECT_FALSE(key_id_from_hex(to_hex(id).substr(1)));
  EXPECT_FALSE(key_id_from_hex(to_hex(id) + "0"));
  EXPECT_FALSE(key_id_from_hex(std::string(32, 'g')));
}

TEST(key_id, is_the_keyed_hash_that_the_format_says) {
  // Computed with Python: hashlib.blake2b(b"lepton key id 1", key=bytes(range(32)),
  // digest_size=16).
  std::array<std::uint8_t, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(to_hex(id_of(key)), "818b2de76474616756adc1df80fe0699");
}

TEST(identity, shows_its_public_half_as_text) {
  const auto own = make_identity();
  const auto text = public_text(*own);
  EXPECT_THAT(text, testing::StartsWith("lepton-id-1:"));
  EXPECT_EQ(text.size(), 12u + 86u);
  const auto again =
      identity_from(secret::of(own->sign_secret.bytes()), secret::of(own->box_secret.bytes()));
  EXPECT_EQ(public_text(*again), text);
  EXPECT_NE(public_text(*make_identity()), text);
}

} // namespace
} // namespace lepton::crypto
