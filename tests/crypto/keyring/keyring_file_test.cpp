#include "crypto/keyring/keyring_file.hpp"

#include "core/result.hpp"
#include "tests/crypto/keyring/keyring_fixture.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <set>

namespace lepton::crypto {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using core::errc;
using testing::HasSubstr;

using keyring_files = keyring_fixture;

std::int64_t peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

core::result<void> add(keyring_file& file, const std::string& name) {
  return file.update([&](keyring& keys) -> core::result<void> {
    const auto added = keys.add(name, "", 1000);
    return added ? core::result<void>{} : added.error();
  });
}

TEST_F(keyring_files, come_back_as_they_were_saved) {
  auto first = keyring_file::open(path, typed());
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first
                  ->update([](keyring& keys) -> core::result<void> {
                    EXPECT_TRUE(keys.rotate("payments", "acme", 2000).ok());
                    return {};
                  })
                  .ok());
  const auto second = keyring_file::open(path, typed());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->version(), 3u);
  EXPECT_EQ(second->keys().id(), first->keys().id());
  EXPECT_EQ(second->keys().own_identity()->box_public, first->keys().own_identity()->box_public);
  const auto* was = first->keys().find("payments", "acme");
  const auto* is = second->keys().find("payments", "acme");
  ASSERT_TRUE(was && is && is->versions.size() == 2);
  EXPECT_EQ(is->hash_key->id, was->hash_key->id);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(is->versions[i].id, was->versions[i].id);
    EXPECT_EQ(is->versions[i].state, was->versions[i].state);
    EXPECT_EQ(is->versions[i].created_ms, was->versions[i].created_ms);
  }
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(keyring_files, say_nothing_in_clear) {
  const auto file = bytes();
  EXPECT_EQ(file.find("payments"), std::string::npos);
  EXPECT_EQ(file.find("acme"), std::string::npos);
}

TEST_F(keyring_files, each_kind_of_harm_has_an_error_of_its_own) {
  const auto good = bytes();
  std::set<std::string> errors;
  const auto expect = [&](const std::string& said, const char* wanted) {
    EXPECT_THAT(said, HasSubstr(wanted));
    EXPECT_THAT(said, HasSubstr(path));
    EXPECT_TRUE(errors.insert(said).second) << said;
  };
  const auto start = cpu_time();
  expect(refusal(typed("wrong horse battery")), "the passphrase is wrong");
  ::chmod(path.c_str(), 0644);
  expect(refusal(), "is open to other users (mode 0644)");
  ::chmod(path.c_str(), 0600);
  fs::rename(path, folder / "moved");
  fs::create_symlink(folder / "moved", path);
  expect(refusal(), "is a symbolic link");
  fs::remove(path);
  expect(refusal(), "No such file");
  fs::create_directory(path);
  ::chmod(path.c_str(), 0700);
  expect(refusal(), "is not a file");
  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(refusal(), HasSubstr("is not a file"));
  fs::remove(path);
  fs::rename(folder / "moved", path);
  put("");
  expect(refusal(), "is empty");
  put("pipeline: no keyring\n" + std::string(500, 'x'));
  expect(refusal(), "is no keyring");
  put(good.substr(0, 100));
  expect(refusal(), "is cut off");
  put(good.substr(0, good.size() - 1));
  expect(refusal(), "is cut off: its body");
  put(good + "x");
  expect(refusal(), "bytes after its end");
  auto changed = good;
  changed[20] ^= 1;
  put(changed);
  expect(refusal(), "header is damaged");
  changed = good;
  changed.back() ^= 1;
  put(changed);
  expect(refusal(), "damaged or was changed by someone");
  EXPECT_LT(cpu_time() - start, 2s);
  put(good);
  EXPECT_EQ(refusal(), "");
}

TEST_F(keyring_files, refuse_every_truncation_and_every_changed_byte) {
  const auto good = bytes();
  for (std::size_t percent = 0; percent < 100; percent += 5) {
    put(good.substr(0, good.size() * percent / 100));
    EXPECT_NE(refusal(), "") << percent;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] ^= static_cast<char>(1 << (i % 8));
    put(changed);
    EXPECT_NE(refusal(), "") << i;
  }
  put(good);
  EXPECT_EQ(refusal(), "");
}

/// The file with another number in its header, and a checksum that fits again.
std::string with_header(std::string file, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i)
    file[at + i] = static_cast<char>(value >> (8 * i));
  const auto sum = keyring_checksum(file);
  return file.replace(136, sum.size(), reinterpret_cast<const char*>(sum.data()), sum.size());
}

TEST_F(keyring_files, refuse_costly_parameters_before_they_cost_anything) {
  const auto good = bytes();
  const auto before = peak_kib();
  for (const std::uint64_t memory :
       {std::uint64_t{1} << 40, (std::uint64_t{1} << 30) + 1, ~std::uint64_t{0}}) {
    put(with_header(good, 24, memory));
    const auto start = cpu_time();
    EXPECT_THAT(refusal(), HasSubstr("bytes of memory to derive the key, more than 1 GiB"));
    EXPECT_LT(cpu_time() - start, 100ms);
  }
  put(with_header(good, 16, 11));
  EXPECT_THAT(refusal(), HasSubstr("asks for 11 passes"));
  put(with_header(good, 24, 1));
  EXPECT_THAT(refusal(), HasSubstr("less work"));
  if (!sanitized) {
    EXPECT_LT(peak_kib() - before, 20 * 1024);
  }
  // The parser alone, as for a file that is looked at again and again.
  const auto hostile = with_header(good, 24, std::uint64_t{1} << 40);
  const auto start = cpu_time();
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(parse_keyring_header(hostile).ok());
  EXPECT_LT(cpu_time() - start, 100ms);
}

TEST_F(keyring_files, take_a_header_that_was_changed_with_its_checksum_for_a_wrong_secret) {
  const auto good = bytes();
  for (const std::size_t at : {32u, 48u, 64u, 72u}) {
    put(with_header(good, at, 99));
    EXPECT_THAT(refusal(), HasSubstr("the header of the file was changed")) << at;
  }
}

TEST_F(keyring_files, refuse_an_older_version_than_one_seen) {
  const auto old = bytes();
  auto file = keyring_file::open(path, typed());
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(
      file->update([](keyring& keys) { return keys.destroy("payments", "", std::nullopt, 3000); })
          .ok());
  EXPECT_EQ(file->version(), 3u);
  put(old);
  EXPECT_THAT(refusal(), HasSubstr("this is version 2, but version 3 was seen before"));
  EXPECT_FALSE(file->reload().ok());
  EXPECT_EQ(file->version(), 3u);
  EXPECT_FALSE(add(*file, "more").ok()) << "an old file must not become the newest one";
  // Whoever means it can say so.
  fs::remove(path + ".seen");
  EXPECT_EQ(refusal(), "");
}

TEST_F(keyring_files, refuse_a_damaged_memory_of_versions) {
  folder.write("keyring.seen", "lepton-keyring-seen 1 nonsense\n");
  EXPECT_THAT(refusal(), HasSubstr("keyring.seen is damaged"));
}

TEST_F(keyring_files, keep_no_byte_of_a_destroyed_version) {
  auto file = keyring_file::open(path, typed());
  ASSERT_TRUE(file.ok());
  const auto size = bytes().size();
  ASSERT_TRUE(
      file->update([](keyring& keys) { return keys.destroy("payments", "", std::nullopt, 3000); })
          .ok());
  // Two wrapped keys (version and hash key) of 72 bytes are gone.
  EXPECT_EQ(bytes().size(), size - 2 * 72);
  EXPECT_FALSE(fs::exists(path + ".new"));
}

TEST_F(keyring_files, overwrite_the_file_they_replace) {
  const int old = ::open(path.c_str(), O_RDONLY);
  const auto before = bytes();
  auto file = keyring_file::open(path, typed());
  ASSERT_TRUE(file.ok() && add(*file, "more").ok());
  std::string left(before.size(), 'x');
  ASSERT_EQ(::pread(old, left.data(), left.size(), 0), static_cast<ssize_t>(left.size()));
  ::close(old);
  EXPECT_EQ(left, std::string(before.size(), '\0'));
}

/// Saves again and again, and says so by a byte after the first time.
[[noreturn]] void save_for_ever(const std::string& path, int told) {
  auto file = keyring_file::open(path, typed());
  for (int i = 0; file; ++i) {
    if (!file->update([](keyring&) { return core::result<void>{}; }))
      ::_exit(1);
    if (i == 0 && ::write(told, "s", 1) != 1)
      ::_exit(2);
  }
  ::_exit(3);
}

TEST_F(keyring_files, survive_a_kill_at_any_moment_of_a_save) {
  for (int round = 0; round < 40; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0)
      save_for_ever(path, ends[1]);
    ::close(ends[1]);
    char byte = 0;
    ASSERT_EQ(::read(ends[0], &byte, 1), 1);
    ::close(ends[0]);
    // A save takes about 2 ms: these delays lie all over it.
    ::usleep(static_cast<useconds_t>(round * 97));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    ASSERT_EQ(refusal(), "") << round;
  }
  auto file = keyring_file::open(path, typed());
  EXPECT_GE(file->version(), 42u);
  EXPECT_TRUE(add(*file, "afterwards").ok());
}

TEST_F(keyring_files, lose_no_update_of_two_processes) {
  std::vector<pid_t> children;
  for (const char who : {'a', 'b'}) {
    children.push_back(::fork());
    if (children.back() == 0) {
      auto file = keyring_file::open(path, typed());
      for (int i = 0; i < 50; ++i)
        if (!file || !add(*file, fmt::format("{}{}", who, i)).ok())
          ::_exit(1);
      ::_exit(0);
    }
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  const auto file = keyring_file::open(path, typed());
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->keys().keys().size(), 102u);
  EXPECT_EQ(file->version(), 102u);
}

TEST_F(keyring_files, change_their_secret_and_keep_their_keys) {
  auto file = keyring_file::open(path, typed());
  ASSERT_TRUE(file.ok());
  const auto id = file->keys().find("payments", "")->primary()->id;
  const auto key = (folder / "root.key").string();
  ASSERT_TRUE(generate_key_file(key).ok());
  ASSERT_TRUE(file->rewrap(root_material::key_file(key).value(), cheap_kdf).ok());
  EXPECT_THAT(refusal(), HasSubstr("protected with a key file, and a passphrase was given"));
  const auto again = keyring_file::open(path, root_material::key_file(key).value());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->keys().find("payments", "")->primary()->id, id);
  const auto other = (folder / "other.key").string();
  ASSERT_TRUE(generate_key_file(other).ok());
  EXPECT_THAT(refusal(root_material::key_file(other).value()), HasSubstr("other.key is wrong"));
}

TEST_F(keyring_files, are_not_made_where_a_file_is) {
  EXPECT_THAT(keyring_file::create(path, typed(), cheap_kdf).error().message(),
              HasSubstr("File exists"));
  EXPECT_EQ(refusal(), "");
}

TEST(keyring_file, opens_with_moderate_argon2_in_time_and_memory) {
  const tests::temp_dir folder{"keyring"};
  const auto path = (folder / "k").string();
  ASSERT_TRUE(keyring_file::create(path, typed(), kdf_parameters::moderate()).ok());
  const auto start = cpu_time();
  const auto wrong = keyring_file::open(path, typed("another passphrase"));
  EXPECT_LT(cpu_time() - start, 2s);
  EXPECT_THAT(wrong.error().message(), HasSubstr("the passphrase is wrong"));
  EXPECT_TRUE(keyring_file::open(path, typed()).ok());
  if (!sanitized) {
    EXPECT_LT(peak_kib(), 300 * 1024);
  }
}

} // namespace
} // namespace lepton::crypto
