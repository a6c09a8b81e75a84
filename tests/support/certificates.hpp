#pragma once

#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>

namespace lepton::tests {

/// A certificate authority of its own, with the certificates that it signed, as PEM files in a
/// temporary folder. Made by the `openssl` command. Failures throw std::runtime_error.
class certificates {
public:
  certificates();

  std::filesystem::path authority() const { return folder_ / "ca.pem"; }
  /// Signs a certificate for `name` that is good for the host 127.0.0.1; leaves NAME.pem,
  /// NAME.key and NAME.both.pem (key, then certificate).
  void issue(const std::string& name);
  std::filesystem::path certificate(const std::string& name) const {
    return folder_ / (name + ".pem");
  }
  std::filesystem::path key(const std::string& name) const { return folder_ / (name + ".key"); }
  std::filesystem::path both(const std::string& name) const {
    return folder_ / (name + ".both.pem");
  }

private:
  temp_dir folder_{"certificates"};
};

} // namespace lepton::tests
