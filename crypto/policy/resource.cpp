#include "crypto/policy/resource.hpp"

#include <array>

namespace lepton::crypto {

namespace {

struct resource_prefix {
  std::string_view text;
  std::string_view kind;
  bool has_tenant;
};

constexpr std::array<resource_prefix, 9> prefixes{{{"metrics", "metrics", false},
                                                   {"health", "health", false},
                                                   {"pipeline", "pipeline", true},
                                                   {"field", "field", true},
                                                   {"key", "keys", true},
                                                   {"keyring", "keys", false},
                                                   {"token", "token", false},
                                                   {"access", "access", false},
                                                   {"audit", "audit", false}}};

} // namespace

resource_name resource_name::parse(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size())
    return {};
  const auto before = text.substr(0, colon);
  const auto rest = text.substr(colon + 1);
  for (const auto& one : prefixes) {
    if (one.text != before)
      continue;
    const auto slash = one.has_tenant ? rest.find('/') : std::string_view::npos;
    if (slash == std::string_view::npos)
      return {one.kind, {}, rest, rest};
    if (slash == 0 || slash + 1 == rest.size())
      return {};
    return {one.kind, rest.substr(0, slash), rest.substr(slash + 1), rest};
  }
  return {};
}

bool fits_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  auto star = std::string_view::npos;
  std::size_t after_star = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      after_star = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1; // the star takes one character more
      at = ++after_star;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*')
    ++in_pattern;
  return in_pattern == pattern.size();
}

} // namespace lepton::crypto
