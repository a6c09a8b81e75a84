#pragma once

#include "core/result.hpp"
#include "crypto/token/token_claims.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace lepton::crypto {

/// The tokens that no longer count although they have not expired. A text file: "token ID UNTIL" or
/// "subject NAME UNTIL ISSUED", one a line; UNTIL is when the entry can be forgotten, and ISSUED
/// the last second in which a token of that subject was issued that is revoked. Thread-safe.
class revocations {
public:
  explicit revocations(std::string path) : path_{std::move(path)} {}

  /// An empty list; fails if the file exists.
  static core::result<void> create(const std::string& path);

  /// Revokes one token. Written in one step and on the disk when it returns.
  core::result<void> revoke_token(std::string_view id, utc_seconds expires, utc_seconds now);
  /// Revokes every token of `subject` that was issued until `now`.
  core::result<void> revoke_subject(std::string_view subject, utc_seconds now);

  /// Whether `token` is revoked. Looks at the file once a second at most. Fails if the list cannot
  /// be read: nobody knows then, and the token must not be accepted.
  core::result<bool> has(const token_claims& token);

private:
  struct list {
    std::map<std::string, utc_seconds, std::less<>> tokens; ///< until
    std::map<std::string, std::pair<utc_seconds, utc_seconds>, std::less<>>
        subjects; ///< until, issued
  };

  static core::result<list> parse(std::string_view text);
  static std::string text_of(const list& from, utc_seconds now);
  core::result<list> read() const;
  core::result<void> change(utc_seconds now, const std::function<void(list&)>& how);
  core::result<void> refresh();

  std::string path_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_{};
  std::pair<std::int64_t, std::uint64_t> stamp_{-1, 0}; ///< time of change in ns, inode
  core::result<void> state_{core::error{core::errc::not_found, "not read yet"}};
  list list_;
};

} // namespace lepton::crypto
