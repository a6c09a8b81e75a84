#include "crypto/secret.hpp"

#include "tests/crypto/keyring/keyring_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace lepton::crypto {
namespace {

bool all_are(std::span<const std::uint8_t> bytes, std::uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [&](auto byte) { return byte == value; });
}

/// The VmFlags of the mapping that holds `at`, such as "rd wr mr mw me lo dc ac dd".
std::string flags_of(const void* at) {
  std::ifstream maps{"/proc/self/smaps"};
  std::string line;
  bool inside = false;
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      inside = begin <= address && address < end;
    else if (inside && line.starts_with("VmFlags:"))
      return line;
  }
  return {};
}

TEST(secret, starts_with_zeros_and_moves) {
  for (const std::size_t size : {1u, 16u, 32u, 48u, 64u, 100u, 4095u, 4096u}) {
    secret first{size};
    EXPECT_EQ(first.size(), size);
    EXPECT_TRUE(all_are(first.bytes(), 0)) << size;
    std::fill_n(first.data(), size, std::uint8_t{0x5a});
    const secret second{std::move(first)};
    EXPECT_TRUE(first.empty());
    EXPECT_TRUE(all_are(second.bytes(), 0x5a)) << size;
  }
}

TEST(secret, is_wiped_when_it_dies) {
  const secret neighbour{32}; // keeps the page
  std::vector<std::pair<const std::uint8_t*, std::size_t>> dead;
  for (const std::size_t size : {32u, 64u, 4096u}) {
    secret one{size};
    std::fill_n(one.data(), size, std::uint8_t{0x5a});
    dead.emplace_back(one.data(), size);
  }
  for (const auto& [at, size] : dead)
    EXPECT_TRUE(all_are({at, size}, 0)) << size;
}

TEST(secret, lies_in_memory_that_is_locked_not_dumped_and_not_inherited) {
  const secret one{32};
  const auto flags = flags_of(one.data());
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
  EXPECT_NE(flags.find(" dc"), std::string::npos) << flags;
  if (secrets_are_locked() && !sanitized) { // they make mlock do nothing
    EXPECT_NE(flags.find(" lo"), std::string::npos) << flags;
    EXPECT_TRUE(require_locked_memory().ok());
  }
}

TEST(secret, takes_a_page_for_many_keys_and_gives_it_back) {
  const auto locked_kib = [] {
    std::ifstream status{"/proc/self/status"};
    std::string line;
    while (std::getline(status, line))
      if (line.starts_with("VmLck:"))
        return std::stol(line.substr(6));
    return -1l;
  };
  const secret first{32};
  if (!secrets_are_locked() || sanitized)
    GTEST_SKIP() << "memory cannot be locked here";
  const auto before = locked_kib();
  {
    std::vector<secret> keys;
    for (int i = 0; i < 10'000; ++i)
      keys.emplace_back(32);
    EXPECT_LE(locked_kib() - before, 10'000 * 64 / 1024 + 64);
  }
  EXPECT_EQ(locked_kib(), before);
}

TEST(secret, keeps_apart_what_threads_hold) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::uint8_t id = 1; id <= 8; ++id)
    threads.emplace_back([id, &wrong] {
      std::vector<secret> held;
      for (std::size_t i = 0; i < 5000; ++i) {
        held.emplace_back(1 + (i * 37 + id) % 300);
        wrong += !all_are(held.back().bytes(), 0);
        std::fill_n(held.back().data(), held.back().size(), id);
        if (i % 3 == 0) {
          std::swap(held[i % held.size()], held.back());
          wrong += !all_are(held.back().bytes(), id);
          held.pop_back();
        }
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(secret, ends_the_process_when_written_beyond_its_end) {
  EXPECT_DEATH(
      {
        secret one{20};
        one.data()[20] ^= 1;
      },
      "canary");
}

TEST(secret, ends_the_process_when_read_before_the_first_page) {
  // In a new child the first secret is at the very start of a slab.
  EXPECT_DEATH(
      {
        const secret one{32};
        std::exit(*(one.data() - 1));
      },
      "");
}

TEST(secret, is_not_there_in_a_forked_child) {
  secret one{32};
  *one.data() = 7;
  const pid_t child = ::fork();
  if (child == 0) {
    const secret own{32}; // children can have secrets of their own
    ::_exit(*one.data());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  // By a signal, or by the sanitizer that caught it.
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

/// Ends the process with 0 if strict mode refuses where nothing may be locked.
[[noreturn]] void try_strict_mode_without_a_limit() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_MEMLOCK, &none);
  if (::geteuid() == 0 && ::setuid(65534) != 0)
    std::exit(3);
  const secret one{32};
  const auto locked = require_locked_memory();
  fmt::print(stderr, "{}\n", locked ? "locked" : locked.error().message());
  std::exit(locked || secrets_are_locked() ? 1 : 0);
}

TEST(strict_mode, refuses_when_memory_cannot_be_locked_and_names_the_limit) {
  if (sanitized)
    GTEST_SKIP() << "sanitizers make mlock do nothing";
  EXPECT_EXIT(try_strict_mode_without_a_limit(), testing::ExitedWithCode(0),
              "RLIMIT_MEMLOCK is 0 KiB; raise it.*LimitMEMLOCK");
}

[[noreturn]] void harden_and_look() {
  harden_process();
  rlimit core{1, 1};
  ::getrlimit(RLIMIT_CORE, &core);
  const bool hard = core.rlim_cur == 0 && core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0;
  std::exit(hard ? 0 : 1);
}

TEST(harden_process, leaves_no_core_and_no_tracing) {
  EXPECT_EXIT(harden_and_look(), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace lepton::crypto
