// Where the bytes of keys are, and where they are not: in the memory of a process that used and
// released them, and in the core dump of one that died with them.
#include "crypto/keyring/live_keyring.hpp"
#include "crypto/keyring/subject_keys.hpp"
#include "tests/crypto/keyring/keyring_fixture.hpp"

#include <absl/container/flat_hash_set.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace lepton::crypto {
namespace {

namespace fs = std::filesystem;

constexpr int key_count = 100;
/// What is searched for lies in memory only with these bits turned over, so as not to find itself.
constexpr std::uint64_t mask = 0xa5a5'5a5a'c3c3'3c3c;

using needles = absl::flat_hash_set<std::uint64_t>;

void add_word(needles& into, const std::uint8_t* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  into.insert(word ^ mask);
}

/// Each of the four words of each key, so that a part of a key is found too.
void add_key(needles& into, const secret& bytes) {
  // The second half of an Ed25519 secret is its public key.
  for (std::size_t at = 0; at < key_size; at += 8)
    add_word(into, bytes.data() + at);
}

/// How many places of `memory` hold a word of a key.
std::size_t hits(std::string_view memory, const needles& words) {
  std::size_t found = 0;
  std::uint64_t word;
  for (std::size_t at = 0; at + sizeof word <= memory.size(); ++at) {
    std::memcpy(&word, memory.data() + at, sizeof word);
    found += words.contains(word ^ mask);
  }
  return found;
}

/// Places with a word of a key in all memory of this process.
std::size_t hits_in_own_memory(const needles& words) {
  std::ifstream maps{"/proc/self/maps"};
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::size_t found = 0;
  std::string line, content;
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0, end = 0;
    char readable = 0, writable = 0;
    // Keys come only into what can be written; a scan of the scan's own buffer would not end.
    if (std::sscanf(line.c_str(), "%lx-%lx %c%c", &begin, &end, &readable, &writable) != 4 ||
        readable != 'r' || writable != 'w')
      continue;
    content.resize(end - begin);
    const auto got = ::pread(memory, content.data(), content.size(), static_cast<off_t>(begin));
    found += hits(std::string_view{content}.substr(0, got < 0 ? 0 : static_cast<std::size_t>(got)),
                  words);
    std::fill(content.begin(), content.end(), '\0');
  }
  ::close(memory);
  return found;
}

/// Runs `does` in a child; its result is the exit code.
template <class Does>
int in_child(Does does) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(does());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

class key_memory : public keyring_fixture {
protected:
  void SetUp() override {
    if (sanitized)
      GTEST_SKIP() << "a sanitizer keeps copies, and gigabytes to search";
  }

  key_memory() {
    auto file = keyring_file::open(path, typed()).value();
    EXPECT_TRUE(file.update([](keyring& keys) -> core::result<void> {
                      for (int i = 0; i < key_count; ++i)
                        EXPECT_TRUE(keys.add(fmt::format("k{}", i), "", 0).ok());
                      return {};
                    })
                    .ok());
  }

  /// Uses all keys as a process does, and gives their words.
  static needles use_all(const live_keyring& live, subject_keys& subjects) {
    needles words;
    for (int i = 0; i < key_count; ++i) {
      const auto name = fmt::format("k{}", i);
      add_key(words, live.primary(name, "")->bytes);
      add_key(words, live.hash_key(name, "")->bytes);
      add_key(words, subjects.for_sealing(name, "", "alice")->bytes);
    }
    add_key(words, live.own_identity()->sign_secret);
    add_key(words, live.own_identity()->box_secret);
    return words;
  }
};

TEST_F(key_memory, holds_no_byte_of_a_key_after_its_release) {
  EXPECT_EQ(in_child([&] {
              needles words;
              std::size_t while_used = 0;
              {
                auto live = live_keyring::open(path, typed()).value();
                auto subjects = subject_keys::open(*live).value();
                words = use_all(*live, *subjects);
                while_used = hits_in_own_memory(words);
              }
              // At least the words themselves: the scan does find keys.
              if (while_used < words.size())
                return 2;
              const auto left = hits_in_own_memory(words);
              fmt::print(stderr, "while in use: {} places, after release: {}\n", while_used, left);
              return left == 0 ? 0 : 1;
            }),
            0);
}

TEST_F(key_memory, is_left_out_of_a_core_dump) {
  std::string pattern = tests::read_file("/proc/sys/kernel/core_pattern");
  if (pattern != "core\n")
    GTEST_SKIP() << "core dumps of this system go elsewhere: " << pattern;
  // Another child reads the bytes, so that none stays on the stack of the one that dies.
  const auto saved = (folder / "words").string();
  ASSERT_EQ(in_child([&] {
              const auto live = live_keyring::open(path, typed()).value();
              const auto subjects = subject_keys::open(*live).value();
              std::ofstream out{saved, std::ios::binary};
              for (const auto word : use_all(*live, *subjects))
                out.write(reinterpret_cast<const char*>(&word), sizeof word);
              out.close();
              return out ? 0 : 1;
            }),
            0);
  const int ended = in_child([&] {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::chdir(folder.path().c_str()) != 0 || ::setrlimit(RLIMIT_CORE, &unlimited) != 0)
      return 3;
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    const auto live = live_keyring::open(path, typed()).value();
    const auto subjects = subject_keys::open(*live).value();
    for (int i = 0; i < key_count; ++i)
      if (!subjects->for_opening(fmt::format("k{}", i), "", "alice"))
        return 4;
    // In ordinary memory: proves that the dump holds what it is searched for.
    const std::string control = "canary in " + std::string{"ordinary memory"};
    std::fprintf(stderr, "%s\n", control.c_str());
    std::abort();
    return 5;
  });
  if (ended == 3)
    GTEST_SKIP() << "core dumps are forbidden here";
  ASSERT_EQ(ended, 256 + SIGABRT);
  std::string core;
  for (const auto& entry : fs::directory_iterator{folder.path()})
    if (entry.path().filename().string().starts_with("core"))
      core = tests::read_file(entry.path());
  if (core.empty())
    GTEST_SKIP() << "this system writes no core dumps";
  needles words;
  const auto bytes = tests::read_file(saved);
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t masked;
    std::memcpy(&masked, bytes.data() + at, sizeof masked);
    words.insert(masked);
  }
  ASSERT_GE(words.size(), std::size_t{4 * 3 * key_count});
  EXPECT_NE(core.find("canary in ordinary memory"), std::string::npos);
  EXPECT_EQ(hits(core, words), 0u);
}

} // namespace
} // namespace lepton::crypto
