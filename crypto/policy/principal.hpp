#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// Who asks: what a token proves about its bearer.
struct principal {
  std::string subject;            ///< name of a person or service
  std::vector<std::string> roles; ///< names; one that is unknown gives nothing
  std::string tenant;             ///< empty: not bound to one tenant
};

/// Whether `text` can be the name of a subject, role, tenant, issuer or cluster: 1 to 128 letters,
/// digits, '.', '_', '-', '@'.
constexpr bool is_access_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 128)
    return false;
  for (const char c : text) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && c != '.' && c != '_' && c != '-' && c != '@')
      return false;
  }
  return true;
}

} // namespace lepton::crypto
