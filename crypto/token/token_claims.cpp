#include "crypto/token/token_claims.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace lepton::crypto {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t max_roles = 16;
constexpr std::array<const char*, 7> texts{"iss", "sub", "tenant", "iat", "nbf", "exp", "jti"};

core::error malformed(const char* why) {
  return {core::errc::malformed, why};
}

/// The object in `text`, or null if a key is repeated or a list or object lies in another one.
json parse_flat(std::string_view text) {
  std::set<std::string> seen;
  bool repeated = false;
  const auto look = [&](int depth, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::key)
      repeated = repeated || !seen.insert(value.get<std::string>()).second;
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start)
      repeated = repeated || depth > 1;
    return true;
  };
  auto parsed = json::parse(text, look, false);
  return repeated ? json() : parsed;
}

bool has_all_keys(const json& object) {
  return object.is_object() && object.size() == texts.size() + 1 && object.contains("roles") &&
         std::all_of(texts.begin(), texts.end(), [&](const char* key) {
           return object.contains(key) && object.at(key).is_string();
         });
}

bool read_roles(const json& list, std::vector<std::string>& out) {
  if (!list.is_array() || list.size() > max_roles)
    return false;
  for (const auto& one : list) {
    if (!one.is_string() || !is_access_name(one.get_ref<const std::string&>()))
      return false;
    out.push_back(one.get<std::string>());
  }
  return true;
}

bool names_are_good(const token_claims& claims) {
  return is_access_name(claims.subject) && is_access_name(claims.issuer) &&
         is_access_name(claims.id) && (claims.tenant.empty() || is_access_name(claims.tenant));
}

} // namespace

std::string to_json(const token_claims& claims) {
  return json{{"iss", claims.issuer},
              {"sub", claims.subject},
              {"roles", claims.roles},
              {"tenant", claims.tenant},
              {"iat", format_utc(claims.issued_at)},
              {"nbf", format_utc(claims.not_before)},
              {"exp", format_utc(claims.expires)},
              {"jti", claims.id}}
      .dump();
}

core::result<token_claims> parse_claims(std::string_view text) {
  const auto object = parse_flat(text);
  if (!has_all_keys(object))
    return malformed("the token does not have the claims of Lepton");
  token_claims out;
  out.issuer = object.at("iss").get<std::string>();
  out.subject = object.at("sub").get<std::string>();
  out.tenant = object.at("tenant").get<std::string>();
  out.id = object.at("jti").get<std::string>();
  if (!read_roles(object.at("roles"), out.roles) || !names_are_good(out))
    return malformed("the token names somebody or something that cannot be a name");
  const auto issued = parse_utc(object.at("iat").get_ref<const std::string&>());
  const auto from = parse_utc(object.at("nbf").get_ref<const std::string&>());
  const auto until = parse_utc(object.at("exp").get_ref<const std::string&>());
  if (!issued || !from || !until)
    return malformed("the token has a time that is not of the form 2026-11-25T07:05:00Z");
  out.issued_at = *issued;
  out.not_before = *from;
  out.expires = *until;
  return out;
}

} // namespace lepton::crypto
