#include "cli/access_commands.hpp"
#include "cli/access_gate.hpp"
#include "cli/exit_codes.hpp"
#include "core/units.hpp"
#include "crypto/token/text_codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>

namespace lepton::cli {

namespace {

using core::errc;
using core::error;
using json = nlohmann::ordered_json;

error no_folder() {
  return {errc::invalid_argument,
          "no access control is set up here; give --access FOLDER or set LEPTON_ACCESS; `lepton "
          "access init FOLDER` makes one"};
}

/// Runs `does` between the gate's questions.
core::result<void> gated_token(std::string_view verb, const std::string& resource,
                               const std::string& arguments,
                               const std::function<core::result<void>()>& does) {
  auto& gate = current_admin_gate();
  gate.set_arguments(arguments);
  LEPTON_TRY(gate.before(verb, resource));
  auto done = does();
  gate.after(verb, resource, done.ok());
  return done;
}

core::result<std::chrono::seconds> lifetime_of(const access_command& options) {
  const auto parsed = core::parse_duration(options.lifetime);
  if (!parsed)
    return error{errc::invalid_argument,
                 fmt::format("--ttl: `{}` is no duration; write 5m or 1h", options.lifetime)};
  const auto out = std::chrono::floor<std::chrono::seconds>(*parsed);
  if (out > crypto::usual_lifetime && !options.long_lived)
    return error{errc::invalid_argument,
                 "--ttl: a token lives for 15m at most; --long-lived allows up to 24h"};
  return out;
}

core::result<std::optional<crypto::verify_key>> curve_key_of(const access_command& options) {
  if (options.curve_key.empty())
    return std::optional<crypto::verify_key>{};
  const auto key = crypto::from_z85_key(options.curve_key);
  if (!key)
    return error{errc::invalid_argument, "--curve-key: not the 40 characters of a CURVE key"};
  return std::optional{*key};
}

core::result<crypto::issued_token> issue(const access_command& options) {
  const auto access = access_control::open(options.common->folder);
  if (!access)
    return access.error();
  const auto lifetime = lifetime_of(options);
  if (!lifetime)
    return lifetime.error();
  const auto curve_key = curve_key_of(options);
  if (!curve_key)
    return curve_key.error();
  const auto key = crypto::signing_key::load(access->paths.issuer_key());
  if (!key)
    return key.error();
  return crypto::issue_token(*key, {options.subject, options.roles, options.tenant},
                             {access->cluster, *curve_key}, *lifetime, crypto::utc_now());
}

/// What was given on the command line, on standard input or in the environment.
core::result<std::string> given_token(const access_command& options) {
  std::string out = options.token;
  if (out.empty())
    return caller_token(options.common->token_file);
  if (out == "-") {
    std::getline(std::cin, out);
    if (out.size() > crypto::max_token_size)
      out.resize(crypto::max_token_size + 1);
  }
  return out;
}

json claims_json(const crypto::token_claims& claims) {
  return json::parse(crypto::to_json(claims));
}

void print_claims(const crypto::token_claims& claims) {
  const auto roles = claims.roles.empty() ? std::string{"(none)"}
                                          : fmt::format("{}", fmt::join(claims.roles, ", "));
  fmt::print("subject  {}\nroles    {}\ntenant   {}\nissued   {}\nexpires  {}\nid       {}\n",
             claims.subject, roles, claims.tenant.empty() ? "(any)" : claims.tenant,
             crypto::format_utc(claims.issued_at), crypto::format_utc(claims.expires), claims.id);
}

/// What counts no longer: one token, or all of a subject.
struct revocation {
  std::string subject; ///< empty: one token
  std::string id;
  crypto::utc_seconds expires; ///< of the one token

  const std::string& name() const noexcept { return subject.empty() ? id : subject; }
};

/// Refuses what cannot be an id: a subject's name in its place would revoke nothing.
core::result<revocation> what_to_revoke(const access_command& options, crypto::utc_seconds now) {
  if (!options.subject.empty())
    return revocation{options.subject, {}, {}};
  const auto text = given_token(options);
  if (!text)
    return text.error();
  if (const auto claims = crypto::read_unverified(*text))
    return revocation{{}, claims->id, claims->expires};
  const auto bytes = crypto::from_hex(*text);
  if (!bytes || bytes->size() != 16)
    return error{
        errc::invalid_argument,
        "this is neither a token nor the id of one (32 hexadecimal digits); --subject NAME "
        "revokes all tokens of a subject"};
  return revocation{{}, *text, now + crypto::longest_lifetime};
}

core::result<void> revoke(const access_command& options, const revocation& what,
                          crypto::utc_seconds now) {
  crypto::revocations list{access_paths{options.common->folder}.revoked()};
  return what.subject.empty() ? list.revoke_token(what.id, what.expires, now)
                              : list.revoke_subject(what.subject, now);
}

} // namespace

int token_issue(const access_command& options) {
  if (options.common->folder.empty())
    return report(no_folder());
  core::result<crypto::issued_token> made{error{errc::cancelled, ""}};
  const auto arguments =
      fmt::format("{} {} {} {} {}", options.subject, fmt::join(options.roles, ","), options.tenant,
                  options.lifetime, options.curve_key);
  const auto done = gated_token("token.issue", "token:" + options.subject, arguments,
                                [&]() -> core::result<void> {
                                  made = issue(options);
                                  return made ? core::result<void>{} : made.error();
                                });
  if (!done)
    return report(done.error());
  if (options.json) {
    auto out = claims_json(made->claims);
    out["token"] = made->text;
    fmt::print("{}\n", out.dump());
  } else {
    fmt::print("{}\n", made->text);
    fmt::print(stderr, "for {} until {}; id {}\n", made->claims.subject,
               crypto::format_utc(made->claims.expires), made->claims.id);
  }
  return exit_ok;
}

int token_inspect(const access_command& options) {
  const auto text = given_token(options);
  if (!text)
    return report(text.error());
  const auto claims = crypto::read_unverified(*text);
  if (!claims)
    return report(claims.error());
  std::string verdict = "not checked: give --access FOLDER";
  bool counts = false;
  if (!options.common->folder.empty()) {
    const auto access = access_control::open(options.common->folder);
    if (!access)
      return report(access.error());
    const auto curve_key = curve_key_of(options);
    if (!curve_key)
      return report(curve_key.error());
    const auto checked = access->tokens->verify(*text, crypto::utc_now(), *curve_key);
    counts = checked.ok();
    verdict = counts ? "counts" : checked.error().message();
  }
  if (options.json) {
    auto out = claims_json(*claims);
    out["counts"] = counts;
    out["verdict"] = verdict;
    fmt::print("{}\n", out.dump());
  } else {
    print_claims(*claims);
    fmt::print("verdict  {}\n", verdict);
  }
  return counts || options.common->folder.empty() ? exit_ok : exit_failed;
}

int token_revoke(const access_command& options) {
  if (options.common->folder.empty())
    return report(no_folder());
  if (options.subject.empty() && options.token.empty())
    return report({errc::invalid_argument, "name the token by its id, or give --subject"});
  const auto now = crypto::utc_now();
  const auto what = what_to_revoke(options, now);
  if (!what)
    return report(what.error());
  const auto done = gated_token("token.revoke", "token:" + what->name(), what->name(),
                                [&] { return revoke(options, *what, now); });
  if (!done)
    return report(done.error());
  if (options.json)
    fmt::print("{}\n", json{{"revoked", what->name()}}.dump());
  else if (what->subject.empty())
    fmt::print("token {} is revoked; running processes know within a second\n", what->id);
  else
    fmt::print("all tokens of {} issued until {} are revoked; running processes know within a "
               "second\n",
               what->subject, crypto::format_utc(now));
  return exit_ok;
}

int access_init(const access_command& options) {
  const auto folder = std::filesystem::absolute(options.new_folder).lexically_normal().string();
  const auto cluster = options.cluster.empty() ? new_cluster_id() : options.cluster;
  if (auto made = access_control::create(folder, cluster); !made)
    return report(made.error());
  access_gate gate{folder, std::string{}};
  if (auto noted = gate.before("access.init", "access:" + cluster); !noted)
    return report(noted.error());
  gate.after("access.init", "access:" + cluster, true);
  if (options.json)
    fmt::print("{}\n", json{{"folder", folder}, {"cluster", cluster}}.dump());
  else
    fmt::print("access control of {} is in {}; to use it:\nexport LEPTON_ACCESS={}\n", cluster,
               folder, folder);
  return exit_ok;
}

} // namespace lepton::cli
