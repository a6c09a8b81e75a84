#include "crypto/keyring/subject_keys.hpp"

#include "tests/crypto/keyring/keyring_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace lepton::crypto {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::eventually;

class subjects : public keyring_fixture {
protected:
  subjects()
      : live{live_keyring::open(path, typed(), {.poll = 20ms, .retry = 1h, .on_change = {}})
                 .value()} {}

  std::unique_ptr<subject_keys> open() { return subject_keys::open(*live).value(); }
  std::string store() const { return path + ".subjects"; }

  std::unique_ptr<live_keyring> live;
};

std::int64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST_F(subjects, get_a_key_of_their_own_that_stays) {
  auto keys = open();
  const auto alice = keys->get_or_create("payments", "", "alice").value();
  const auto bob = keys->get_or_create("payments", "", "bob").value();
  const auto other = keys->get_or_create("payments", "acme", "alice").value();
  EXPECT_NE(alice->id, bob->id);
  EXPECT_NE(alice->id, other->id);
  EXPECT_EQ(alice->bytes.size(), key_size);
  keys = open();
  EXPECT_EQ(keys->find("payments", "", "alice").value()->id, alice->id);
  EXPECT_EQ(keys->for_opening("payments", "", "bob")->id, bob->id);
  EXPECT_EQ(keys->for_sealing("payments", "", "bob")->id, bob->id);
  EXPECT_EQ(keys->find("payments", "", "carol").value(), nullptr);
  EXPECT_EQ(keys->size(), 3u);
}

TEST_F(subjects, are_named_nowhere_in_the_file) {
  auto keys = open();
  ASSERT_TRUE(keys->for_sealing("payments", "", "alice@example.org"));
  const auto file = tests::read_file(store());
  EXPECT_EQ(file.size(), 64u + 104u);
  EXPECT_EQ(file.find("alice"), std::string::npos);
  struct stat found{};
  ASSERT_EQ(::stat(store().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(subjects, are_destroyed_for_good_and_alone) {
  auto keys = open();
  ASSERT_TRUE(keys->for_sealing("payments", "", "alice") &&
              keys->for_sealing("payments", "", "bob"));
  const auto before = keys->generation();
  EXPECT_TRUE(keys->destroy("payments", "", "alice").value());
  EXPECT_FALSE(keys->destroy("payments", "", "alice").value());
  EXPECT_FALSE(keys->destroy("payments", "", "nobody").value());
  EXPECT_GT(keys->generation(), before);
  EXPECT_EQ(keys->for_opening("payments", "", "alice"), nullptr);
  EXPECT_EQ(keys->for_sealing("payments", "", "alice"), nullptr);
  EXPECT_THAT(keys->get_or_create("payments", "", "alice").error().message(),
              HasSubstr("was destroyed"));
  EXPECT_TRUE(keys->for_opening("payments", "", "bob"));
  EXPECT_EQ(tests::read_file(store()).substr(64 + 32, 72), std::string(72, '\0'));
}

TEST_F(subjects, that_another_process_destroys_are_gone_within_a_second) {
  auto ours = open();
  auto theirs = open();
  const auto key = ours->get_or_create("payments", "", "alice").value();
  EXPECT_EQ(theirs->for_opening("payments", "", "alice")->id, key->id) << "read on an unknown tag";
  const auto before = ours->generation();
  ASSERT_TRUE(theirs->destroy("payments", "", "alice").value());
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually(5s, [&] { return ours->generation() > before; }));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_EQ(ours->for_opening("payments", "", "alice"), nullptr);
}

TEST_F(subjects, go_with_their_named_key) {
  auto keys = open();
  ASSERT_TRUE(keys->for_sealing("payments", "", "alice") &&
              keys->for_sealing("payments", "acme", "alice"));
  auto admin = keyring_file::open(path, typed()).value();
  const auto before = keys->generation();
  ASSERT_TRUE(
      admin.update([](keyring& all) { return all.disable("payments", "", std::nullopt, 0); }).ok());
  ASSERT_TRUE(eventually(5s, [&] { return keys->generation() > before; }));
  EXPECT_EQ(keys->for_opening("payments", "", "alice"), nullptr);
  EXPECT_EQ(keys->for_sealing("payments", "", "bob"), nullptr);
  EXPECT_TRUE(keys->for_opening("payments", "acme", "alice"));
  EXPECT_THAT(keys->find("none", "", "alice").error().message(), HasSubstr("has no key 'none'"));
}

TEST_F(subjects, are_made_by_several_processes_at_once_without_two_keys_for_one) {
  std::vector<pid_t> children;
  for (int who = 0; who < 3; ++who) {
    children.push_back(::fork());
    if (children.back() != 0)
      continue;
    auto mine = live_keyring::open(path, typed());
    auto keys = subject_keys::open(**mine);
    for (int i = 0; i < 100; ++i)
      if (!(*keys)->for_sealing("payments", "", fmt::format("subject {}", i)))
        ::_exit(1);
    // What was answered is what everybody finds.
    const auto again = subject_keys::open(**mine);
    for (int i = 0; i < 100; ++i) {
      const auto name = fmt::format("subject {}", i);
      if ((*keys)->for_opening("payments", "", name)->id !=
          (*again)->for_opening("payments", "", name)->id)
        ::_exit(2);
    }
    ::_exit(0);
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(open()->size(), 100u);
  EXPECT_EQ(fs::file_size(store()), 64u + 100 * 104);
}

TEST_F(subjects, survive_a_torn_record_and_notice_a_damaged_one) {
  {
    auto keys = open();
    ASSERT_TRUE(keys->for_sealing("payments", "", "alice"));
  }
  auto file = tests::read_file(store());
  std::ofstream{store(), std::ios::app} << std::string(50, 'x');
  {
    auto keys = open();
    EXPECT_TRUE(keys->for_opening("payments", "", "alice"));
    EXPECT_TRUE(keys->for_sealing("payments", "", "bob"));
  }
  EXPECT_EQ(fs::file_size(store()), 64u + 2 * 104);
  file[64 + 40] ^= 1;
  std::ofstream{store(), std::ios::binary} << file;
  auto keys = open();
  EXPECT_THAT(keys->find("payments", "", "alice").error().message(), HasSubstr("damaged"));
  EXPECT_EQ(keys->for_opening("payments", "", "alice"), nullptr);
}

TEST_F(subjects, refuse_a_store_that_is_not_theirs) {
  {
    auto keys = open();
    ASSERT_TRUE(keys->for_sealing("payments", "", "alice"));
  }
  auto file = tests::read_file(store());
  const auto refusal = [&](const std::string& bytes) {
    std::ofstream{store(), std::ios::binary} << bytes;
    const auto opened = subject_keys::open(*live);
    return opened ? std::string{} : opened.error().message();
  };
  file[20] ^= 1;
  EXPECT_THAT(refusal(file), HasSubstr("belongs to another keyring"));
  EXPECT_THAT(refusal(std::string(200, 'x')), HasSubstr("is no subject store"));
  ::chmod(store().c_str(), 0644);
  EXPECT_THAT(refusal(file), HasSubstr("open to other users"));
}

TEST_F(subjects, are_not_written_to_a_store_that_was_deleted_meanwhile) {
  auto keys = open();
  ASSERT_TRUE(keys->for_sealing("payments", "", "alice"));
  fs::remove(store());
  EXPECT_THAT(keys->get_or_create("payments", "", "bob").error().message(),
              HasSubstr("was deleted or replaced"));
  EXPECT_TRUE(keys->for_opening("payments", "", "alice"));
}

TEST_F(subjects, are_a_million_in_less_than_a_second_and_100_bytes_each) {
  constexpr int count = sanitized ? 100'000 : 1'000'000;
  {
    auto keys = open();
    for (int first = 0; first < count; first += 50'000) {
      std::vector<std::string> names;
      for (int i = first; i < first + 50'000; ++i)
        names.push_back(fmt::format("customer-{}", i));
      const std::vector<std::string_view> views{names.begin(), names.end()};
      ASSERT_TRUE(keys->prepare("payments", "", views).ok());
    }
    EXPECT_EQ(keys->size(), static_cast<std::size_t>(count));
  }
  const auto before = resident_bytes();
  auto keys = open();
  if (!sanitized) {
    EXPECT_LT(resident_bytes() - before, 100ll * count);
  }
  EXPECT_EQ(keys->size(), static_cast<std::size_t>(count));
  absl::flat_hash_set<std::string> ids;
  for (int i = 0; i < count; i += 9973)
    if (const auto key = keys->for_opening("payments", "", fmt::format("customer-{}", i)))
      ids.insert(to_hex(key->id));
  EXPECT_EQ(ids.size(), (count + 9972u) / 9973u);
  EXPECT_TRUE(keys->destroy("payments", "", "customer-77777").value());
  EXPECT_EQ(keys->for_opening("payments", "", "customer-77777"), nullptr);
}

TEST_F(subjects, keep_only_so_many_keys_in_locked_memory) {
  auto keys = open();
  std::vector<std::string> names;
  for (int i = 0; i < 40'000; ++i)
    names.push_back(fmt::format("customer-{}", i));
  const std::vector<std::string_view> views{names.begin(), names.end()};
  ASSERT_TRUE(keys->prepare("payments", "", views).ok());
  std::vector<std::weak_ptr<const key_version>> seen;
  for (const auto& name : names)
    seen.push_back(keys->for_opening("payments", "", name));
  const auto alive =
      std::count_if(seen.begin(), seen.end(), [](const auto& one) { return !one.expired(); });
  EXPECT_LE(alive, static_cast<std::int64_t>(subject_keys::max_cached));
  EXPECT_GT(alive, 1000);
}

} // namespace
} // namespace lepton::crypto
