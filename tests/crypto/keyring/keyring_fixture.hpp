#pragma once

#include "crypto/keyring/keyring_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Sanitizers have memory of their own, which says nothing about ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// Argon2id at its cheapest: tests open keyrings hundreds of times.
inline constexpr kdf_parameters cheap_kdf{1, 8192};

inline root_material typed(std::string_view passphrase = "correct horse battery") {
  return root_material::passphrase(
             secret::of(
                 {reinterpret_cast<const std::uint8_t*>(passphrase.data()), passphrase.size()}))
      .value();
}

/// What this process has used of the CPU: a measure of cost that other processes do not disturb.
inline std::chrono::nanoseconds cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

/// A folder with a keyring, opened by `typed()`, with the keys "payments" and "acme/payments".
class keyring_fixture : public testing::Test {
protected:
  keyring_fixture() {
    auto made = keyring_file::create(path, typed(), cheap_kdf);
    EXPECT_TRUE(made.ok());
    EXPECT_TRUE(made->update([](keyring& keys) -> core::result<void> {
                      EXPECT_TRUE(keys.add("payments", "", 1000).ok());
                      EXPECT_TRUE(keys.add("payments", "acme", 1000).ok());
                      return {};
                    })
                    .ok());
  }

  /// What opening says; empty if it succeeds.
  std::string refusal(root_material material = typed()) const {
    const auto opened = keyring_file::open(path, std::move(material));
    return opened ? "" : opened.error().message();
  }
  /// Replaces the file in one step, as an attacker would.
  void put(const std::string& bytes) const {
    const auto other = folder.write("put", bytes);
    std::filesystem::permissions(other, std::filesystem::perms{0600});
    std::filesystem::rename(other, path);
  }
  std::string bytes() const { return tests::read_file(path); }

  tests::temp_dir folder{"keyring"};
  std::string path = (folder / "keyring").string();
};

} // namespace lepton::crypto
