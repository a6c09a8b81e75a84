#pragma once

#include "crypto/keyring/keyring_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Argon2id at its cheapest: tests open keyrings hundreds of times.
inline constexpr kdf_parameters cheap_kdf{1, 8192};

inline root_material typed(std::string_view passphrase = "correct horse battery") {
  return root_material::passphrase(
             secret::of(
                 {reinterpret_cast<const std::uint8_t*>(passphrase.data()), passphrase.size()}))
      .value();
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
  /// Replaces the file as an attacker or a broken disk would.
  void put(const std::string& bytes) const { folder.write("keyring", bytes); }
  std::string bytes() const { return tests::read_file(path); }

  tests::temp_dir folder{"keyring"};
  std::string path = (folder / "keyring").string();
};

} // namespace lepton::crypto
