#include "crypto/keyring/live_keyring.hpp"

#include "tests/crypto/keyring/keyring_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

namespace lepton::crypto {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::eventually;

/// A running process's view, and a second one that stands for `lepton keys`.
class live_keyrings : public keyring_fixture {
protected:
  live_keyrings()
      : admin{keyring_file::open(path, typed()).value()},
        live{live_keyring::open(
                 path, typed(),
                 {.poll = 20ms, .retry = 1h, .on_change = [this](const auto&) { ++changes; }})
                 .value()} {}

  template <class Change>
  void change(Change does) {
    ASSERT_TRUE(admin
                    .update([&](keyring& keys) -> core::result<void> {
                      const auto done = does(keys);
                      return done ? core::result<void>{} : done.error();
                    })
                    .ok());
  }
  key_id primary_id() { return live->primary("payments", "")->id; }

  std::atomic<int> changes{0};
  keyring_file admin;
  std::unique_ptr<live_keyring> live;
};

TEST_F(live_keyrings, answer_by_name_tenant_and_id) {
  const auto own = live->primary("payments", "");
  const auto theirs = live->primary("payments", "acme");
  ASSERT_TRUE(own && theirs);
  EXPECT_NE(own->id, theirs->id);
  EXPECT_EQ(live->find("payments", "", own->id), own);
  EXPECT_EQ(live->find("payments", "acme", own->id), nullptr);
  EXPECT_EQ(live->primary("payments", "other"), nullptr);
  EXPECT_EQ(live->primary("none", ""), nullptr);
  EXPECT_TRUE(live->hash_key("payments", ""));
  EXPECT_NE(live->hash_key("payments", "")->id, live->hash_key("payments", "acme")->id);
  EXPECT_EQ(live->hash_key("none", ""), nullptr);
  EXPECT_TRUE(live->own_identity());
}

TEST_F(live_keyrings, follow_a_rotation_without_a_gap) {
  const auto first = primary_id();
  const auto hash = live->hash_key("payments", "")->id;
  change([](keyring& keys) { return keys.rotate("payments", "", 0); });
  const auto second = admin.keys().find("payments", "")->versions.back().id;
  ASSERT_TRUE(eventually(5s, [&] { return live->find("payments", "", second) != nullptr; }));
  EXPECT_EQ(primary_id(), first);
  change([](keyring& keys) { return keys.promote("payments", "", 0, true); });
  ASSERT_TRUE(eventually(5s, [&] { return primary_id() == second; }));
  EXPECT_TRUE(live->find("payments", "", first));
  EXPECT_EQ(live->hash_key("payments", "")->id, hash);
  EXPECT_EQ(live->generation(), 3u);
  EXPECT_EQ(live->status().version, admin.version());
  EXPECT_EQ(changes, 2);
}

TEST_F(live_keyrings, know_after_a_refresh_what_was_in_the_file_before_it) {
  for (int round = 0; round < 3; ++round) {
    change([](keyring& keys) { return keys.rotate("payments", "", 0); });
    const auto newest = admin.keys().find("payments", "")->versions.back().id;
    live->refresh();
    EXPECT_TRUE(live->find("payments", "", newest)) << round;
    change([](keyring& keys) { return keys.promote("payments", "", 0, true); });
    live->refresh();
    EXPECT_EQ(primary_id(), newest) << round;
  }
}

TEST_F(live_keyrings, stop_opening_what_was_disabled_or_destroyed) {
  const auto id = primary_id();
  const auto before = live->generation();
  change([&](keyring& keys) { return keys.disable("payments", "", id, 0); });
  ASSERT_TRUE(eventually(5s, [&] { return live->generation() > before; }));
  EXPECT_EQ(live->find("payments", "", id), nullptr);
  EXPECT_EQ(live->primary("payments", ""), nullptr);
  change([&](keyring& keys) { return keys.enable("payments", "", id, 0); });
  ASSERT_TRUE(eventually(5s, [&] { return live->find("payments", "", id) != nullptr; }));
  change([&](keyring& keys) { return keys.destroy("payments", "", std::nullopt, 0); });
  ASSERT_TRUE(eventually(5s, [&] { return live->find("payments", "", id) == nullptr; }));
  EXPECT_EQ(live->hash_key("payments", ""), nullptr);
  EXPECT_TRUE(live->primary("payments", "acme")) << "other tenants are not affected";
}

TEST_F(live_keyrings, keep_the_last_good_keys_while_the_file_is_bad) {
  const auto good = bytes();
  const auto id = primary_id();
  const auto is_bad = [&] { return !live->status().healthy; };
  const auto is_good = [&] { return live->status().healthy; };
  put("rubbish");
  ASSERT_TRUE(eventually(5s, is_bad));
  EXPECT_THAT(live->status().error, HasSubstr("is no keyring"));
  EXPECT_EQ(primary_id(), id);
  EXPECT_EQ(live->generation(), 1u);
  put(good);
  ASSERT_TRUE(eventually(5s, is_good));
  fs::remove(path);
  ASSERT_TRUE(eventually(5s, is_bad));
  EXPECT_EQ(primary_id(), id);
  put(good);
  ASSERT_TRUE(eventually(5s, is_good));
  EXPECT_EQ(live->status().error, "");
}

TEST_F(live_keyrings, report_one_problem_once_however_long_it_lasts) {
  std::atomic<int> reports{0};
  const auto eager =
      live_keyring::open(path, typed(),
                         {.poll = 5ms, .retry = 5ms, .on_change = [&](const auto&) { ++reports; }})
          .value();
  put("rubbish");
  ASSERT_TRUE(eventually(5s, [&] { return eager->status().failures >= 5; }));
  EXPECT_EQ(reports, 1);
}

TEST_F(live_keyrings, do_not_derive_again_and_again_for_a_file_that_stays_unusable) {
  ASSERT_TRUE(admin.rewrap(typed("another passphrase"), cheap_kdf).ok());
  ASSERT_TRUE(eventually(5s, [&] { return !live->status().healthy; }));
  std::this_thread::sleep_for(200ms); // ten looks
  EXPECT_EQ(live->status().failures, 1u);
  ASSERT_TRUE(admin.rewrap(typed(), cheap_kdf).ok());
  EXPECT_TRUE(eventually(5s, [&] { return live->status().healthy; }));
}

TEST_F(live_keyrings, refuse_a_file_that_was_rolled_back) {
  const auto old = bytes();
  const auto id = primary_id();
  change([](keyring& keys) { return keys.destroy("payments", "", std::nullopt, 0); });
  ASSERT_TRUE(eventually(5s, [&] { return live->find("payments", "", id) == nullptr; }));
  put(old);
  ASSERT_TRUE(eventually(5s, [&] { return !live->status().healthy; }));
  EXPECT_THAT(live->status().error, HasSubstr("version 3 was seen before"));
  EXPECT_EQ(live->find("payments", "", id), nullptr);
}

TEST_F(live_keyrings, look_at_once_for_an_id_that_is_missing) {
  const auto slow =
      live_keyring::open(path, typed(), {.poll = 1h, .retry = 1h, .on_change = {}}).value();
  change([](keyring& keys) { return keys.rotate("payments", "", 0); });
  const auto id = admin.keys().find("payments", "")->versions.back().id;
  EXPECT_EQ(slow->find("payments", "", id), nullptr);
  slow->missing(id);
  EXPECT_TRUE(eventually(900ms, [&] { return slow->find("payments", "", id) != nullptr; }));
}

TEST_F(live_keyrings, follow_a_new_passphrase_that_its_file_holds) {
  const auto phrase = folder.write("passphrase", "first passphrase").string();
  ::chmod(phrase.c_str(), 0600);
  ASSERT_TRUE(admin.rewrap(root_material::passphrase_file(phrase).value(), cheap_kdf).ok());
  const auto other = live_keyring::open(path, root_material::passphrase_file(phrase).value(),
                                        {.poll = 20ms, .retry = 1h, .on_change = {}})
                         .value();
  folder.write("passphrase", "second passphrase");
  ASSERT_TRUE(admin.rewrap(root_material::passphrase_file(phrase).value(), cheap_kdf).ok());
  change([](keyring& keys) { return keys.add("more", "", 0); });
  EXPECT_TRUE(eventually(5s, [&] { return other->primary("more", "") != nullptr; }));
  EXPECT_TRUE(eventually(5s, [&] { return !live->status().healthy; }))
      << "whoever has only the old passphrase keeps the last keys";
  EXPECT_TRUE(live->primary("payments", ""));
}

TEST_F(live_keyrings, serve_many_threads_while_keys_change) {
  std::atomic<bool> done{false};
  std::atomic<int> lost{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      while (!done) {
        const auto key = live->primary("payments", "");
        lost += !key || live->find("payments", "", key->id) == nullptr;
        live->missing({});
      }
    });
  for (int i = 0; i < 10; ++i) {
    const auto before = live->generation();
    change([](keyring& keys) -> core::result<key_id> {
      const auto made = keys.rotate("payments", "", 0);
      return made ? keys.promote("payments", "", 0, true) : made;
    });
    EXPECT_TRUE(eventually(5s, [&] { return live->generation() > before; }));
  }
  done = true;
  for (auto& reader : readers)
    reader.join();
  EXPECT_EQ(lost, 0);
}

} // namespace
} // namespace lepton::crypto
