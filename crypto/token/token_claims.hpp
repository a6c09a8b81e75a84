#pragma once

#include "core/result.hpp"
#include "crypto/policy/principal.hpp"
#include "crypto/token/utc_time.hpp"

#include <string>
#include <string_view>

namespace lepton::crypto {

/// What a token says: who its bearer is, from when until when, and under which id it can be
/// revoked.
struct token_claims : principal {
  std::string issuer;
  utc_seconds issued_at;
  utc_seconds not_before;
  utc_seconds expires;
  std::string id; ///< jti
};

/// JSON with the names that PASETO registers: iss, sub, roles, tenant, iat, nbf, exp, jti.
std::string to_json(const token_claims& claims);

/// Reads what `to_json` writes, keys in any order. Fails with malformed on an unknown, missing or
/// repeated key, a wrong type, or a name that is none.
core::result<token_claims> parse_claims(std::string_view json);

} // namespace lepton::crypto
