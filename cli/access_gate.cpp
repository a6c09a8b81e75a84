#include "cli/access_gate.hpp"

#include "crypto/keyring/safe_file.hpp"
#include "crypto/policy/verbs.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace lepton::cli {

namespace {

using core::errc;
using core::error;

bool needs_no_token(std::string_view verb, const access_paths& paths) {
  const auto* row = crypto::find_verb(verb);
  return row && (row->kind() == "token" || row->kind() == "access" || row->kind() == "audit") &&
         crypto::open_guarded(paths.issuer_key(), crypto::file_rule::owner_only, "the issuer's key")
             .ok();
}

} // namespace

std::string os_user() {
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, space.data(), space.size(), &found) == 0 && found)
    return fmt::format("os:{}", found->pw_name);
  return fmt::format("os:{}", ::geteuid());
}

core::result<std::string> caller_token(const std::string& file) {
  if (file.empty()) {
    const char* set = std::getenv("LEPTON_TOKEN");
    return std::string{set ? set : ""};
  }
  const auto opened =
      crypto::open_guarded(file, crypto::file_rule::owner_only, "the file of the token");
  if (!opened)
    return opened.error();
  auto text = crypto::read_all(opened->get(), file, crypto::max_token_size + 2);
  if (text)
    text->erase(std::min(text->find_first_of("\r\n"), text->size()));
  return text;
}

core::result<void> access_gate::open_access() {
  if (access_)
    return {};
  auto opened = access_control::open(folder_);
  if (!opened)
    return opened.error().with_context("access control");
  access_ = std::move(*opened);
  return {};
}

core::result<void> access_gate::open_audit() {
  if (audit_)
    return {};
  auto opened = crypto::audit_log::open(access_->paths.audit());
  if (!opened)
    return opened.error().with_context("access control");
  audit_ = std::move(*opened);
  return {};
}

core::result<access_gate::caller> access_gate::allow(std::string_view verb,
                                                     std::string_view resource) {
  if (!token_)
    return token_.error();
  if (token_->empty()) {
    if (needs_no_token(verb, access_->paths))
      return caller{os_user(), ""};
    return error{errc::permission,
                 fmt::format("{} needs a token: set LEPTON_TOKEN or --token-file to one that "
                             "`lepton token issue` printed",
                             verb)};
  }
  const auto claims = access_->tokens->verify(*token_, crypto::utc_now());
  if (!claims)
    return claims.error();
  caller_ = {claims->subject, claims->id};
  if (!access_->rules.may(*claims, verb, resource))
    return error{errc::permission,
                 fmt::format("{} may not do {} on {}; a role or a rule in {} must allow it",
                             claims->subject, verb, resource, access_->paths.policy())};
  return caller_;
}

core::result<void> access_gate::record(std::string_view verb, std::string_view resource,
                                       const char* result) {
  return audit_->append(
      {caller_.name, caller_.token, std::string{verb}, std::string{resource}, result, arguments_});
}

core::result<void> access_gate::before(std::string_view verb, std::string_view resource) {
  caller_ = {};
  LEPTON_TRY(open_access());
  LEPTON_TRY(open_audit());
  auto allowed = allow(verb, resource);
  if (!allowed) {
    if (caller_.name.empty())
      caller_.name = os_user();
    (void)record(verb, resource, "denied"); // refused in any case
    return allowed.error();
  }
  caller_ = std::move(*allowed);
  if (auto written = record(verb, resource, "begun"); !written)
    return written.error().with_context("nothing was done, because it cannot be recorded");
  return {};
}

core::result<void> access_gate::before_reading(std::string_view verb, std::string_view resource) {
  LEPTON_TRY(open_access());
  const auto allowed = allow(verb, resource);
  return allowed ? core::result<void>{} : allowed.error();
}

void access_gate::after(std::string_view verb, std::string_view resource, bool ok) {
  if (auto written = record(verb, resource, ok ? "ok" : "failed"); !written)
    fmt::print(stderr, "lepton: the end of {} is not in the audit log: {}\n", verb,
               written.error().message());
}

void install_access_gate(const std::string& folder, const std::string& token_file) {
  if (!folder.empty())
    set_admin_gate(std::make_unique<access_gate>(folder, caller_token(token_file)));
}

} // namespace lepton::cli
