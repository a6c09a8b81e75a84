#pragma once

#include "core/result.hpp"
#include "crypto/token/paseto.hpp"
#include "crypto/token/revocations.hpp"
#include "crypto/token/token_claims.hpp"
#include "crypto/token/token_limits.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton::crypto {

/// What a token is bound to besides what stands in it: it counts nowhere else.
struct token_binding {
  std::string cluster;                      ///< id of the cluster
  std::optional<verify_key> curve_key = {}; ///< CURVE key of the one client that may bear it

  /// The implicit assertion of PASETO.
  std::string assertion() const;
};

struct issued_token {
  std::string text;
  token_claims claims;
};

/// Issues a token for `who` from `now` on. Fails with invalid_argument if a name is none, a role is
/// unknown, or `lifetime` is not within 1 s and `longest_lifetime`.
core::result<issued_token> issue_token(const signing_key& key, const principal& who,
                                       const token_binding& binding, std::chrono::seconds lifetime,
                                       utc_seconds now);

/// Decides whether a token counts. Needs public keys only. Thread-safe.
class token_verifier {
public:
  /// `revoked` may be null: then nothing is.
  token_verifier(std::vector<verify_key> keys, std::string cluster,
                 std::shared_ptr<revocations> revoked);

  /// The claims of a token that was signed by one of the keys, for this cluster and this client,
  /// and counts at `now`. Else fails with permission, and says no more than what the bearer can
  /// mend; until the signature is verified, one text for all causes.
  core::result<token_claims> verify(std::string_view token, utc_seconds now,
                                    std::optional<verify_key> curve_key = {}) const;

private:
  struct known_key {
    verify_key key;
    std::string footer; ///< of the tokens that it signs
  };

  const known_key* key_of(std::string_view footer) const;
  core::result<void> counts_now(const token_claims& claims, utc_seconds now) const;

  std::vector<known_key> keys_;
  std::string cluster_;
  std::shared_ptr<revocations> revoked_;
};

/// The claims of a token without any proof that they are true: to show to its bearer.
core::result<token_claims> read_unverified(std::string_view token);

} // namespace lepton::crypto
