#include "crypto/token/access_token.hpp"

#include "crypto/policy/verbs.hpp"
#include "crypto/token/text_codec.hpp"

#include <fmt/format.h>

#include <array>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr const char* issuer_name = "lepton";

/// JSON, as PASETO wants a key id in a footer to be; verifiers compare it as a whole and never
/// parse it.
std::string footer_of(const verify_key& key) {
  return fmt::format("{{\"kid\":\"{}\"}}", key_id_text(key));
}

std::string random_id() {
  std::array<std::uint8_t, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return hex(bytes);
}

core::result<void> check_names(const principal& who) {
  if (!is_access_name(who.subject))
    return error{errc::invalid_argument,
                 "a subject has 1 to 128 letters, digits, '.', '_', '-' or '@'"};
  if (!who.tenant.empty() && !is_access_name(who.tenant))
    return error{errc::invalid_argument,
                 "a tenant has 1 to 128 letters, digits, '.', '_', '-' or '@'"};
  for (const auto& one : who.roles)
    if (!parse_role(one))
      return error{errc::invalid_argument, fmt::format("`{}` is no role; the roles are {}", one,
                                                       fmt::join(role_names, ", "))};
  return {};
}

error refused(std::string why) {
  return {errc::permission, std::move(why)};
}

} // namespace

std::string token_binding::assertion() const {
  const std::string key =
      curve_key ? std::string{curve_key->begin(), curve_key->end()} : std::string{};
  return pae({"lepton-token-1", cluster, key});
}

core::result<issued_token> issue_token(const signing_key& key, const principal& who,
                                       const token_binding& binding, std::chrono::seconds lifetime,
                                       utc_seconds now) {
  LEPTON_TRY(check_names(who));
  if (lifetime < std::chrono::seconds{1} || lifetime > longest_lifetime)
    return error{errc::invalid_argument, "a token lives for 1 s to 24 h"};
  issued_token out;
  static_cast<principal&>(out.claims) = who;
  out.claims.issuer = issuer_name;
  out.claims.issued_at = now;
  out.claims.not_before = now;
  out.claims.expires = now + lifetime;
  out.claims.id = random_id();
  out.text =
      sign_v4_public(key, to_json(out.claims), footer_of(key.public_half), binding.assertion());
  return out;
}

token_verifier::token_verifier(std::vector<verify_key> keys, std::string cluster,
                               std::shared_ptr<revocations> revoked)
    : cluster_{std::move(cluster)}, revoked_{std::move(revoked)} {
  for (const auto& key : keys)
    keys_.push_back({key, footer_of(key)});
}

const token_verifier::known_key* token_verifier::key_of(std::string_view footer) const {
  for (const auto& one : keys_)
    if (one.footer == footer) // public, so the time it takes tells nothing
      return &one;
  return nullptr;
}

core::result<token_claims> token_verifier::verify(std::string_view token, utc_seconds now,
                                                  std::optional<verify_key> curve_key) const {
  const auto no_token_of_ours = [] {
    return refused(
        "this is no token of this cluster and client; get one with `lepton token issue`");
  };
  const auto parts = take_apart_v4_public(token);
  const auto* known = parts ? key_of(parts->footer) : nullptr;
  if (!known)
    return no_token_of_ours();
  auto payload =
      verify_v4_public(*parts, known->key, token_binding{cluster_, curve_key}.assertion());
  if (!payload && curve_key) // a token that is bound to no client counts for each
    payload = verify_v4_public(*parts, known->key, token_binding{cluster_, {}}.assertion());
  if (!payload)
    return no_token_of_ours();
  auto claims = parse_claims(*payload);
  if (!claims)
    return refused(claims.error().message());
  LEPTON_TRY(counts_now(*claims, now));
  return claims;
}

core::result<void> token_verifier::counts_now(const token_claims& claims, utc_seconds now) const {
  if (claims.expires <= claims.not_before || claims.expires - claims.issued_at > longest_lifetime)
    return refused("the token lives longer than 24 h, which no token may");
  if (now < claims.not_before - clock_skew)
    return refused(fmt::format("the token counts from {} on; is the clock of this machine right?",
                               format_utc(claims.not_before)));
  if (now >= claims.expires + clock_skew)
    return refused(fmt::format("the token expired at {}; get a new one with `lepton token issue`",
                               format_utc(claims.expires)));
  if (!revoked_)
    return {};
  const auto found = revoked_->has(claims);
  if (!found)
    return found.error();
  if (*found)
    return refused("the token was revoked; get a new one with `lepton token issue`");
  return {};
}

core::result<token_claims> read_unverified(std::string_view token) {
  const auto parts = take_apart_v4_public(token);
  if (!parts)
    return error{errc::malformed, "this is no token of the form v4.public.…"};
  const std::string_view message{parts->message};
  return parse_claims(message.substr(0, message.size() - std::tuple_size_v<signature>));
}

} // namespace lepton::crypto
