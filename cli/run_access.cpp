#include "cli/run_access.hpp"

#include "cli/access_folder.hpp"
#include "cli/access_gate.hpp"
#include "crypto/audit/audit_log.hpp"

#include <fmt/format.h>

#include <optional>

namespace lepton::cli {

namespace {

/// One field that the pipeline wants to use.
struct field_use {
  std::string component;
  std::string verb;     ///< field.open or field.seal
  std::string resource; ///< field:[TENANT/]COLUMN
};

std::vector<field_use> field_uses(const pipelines::checked_pipeline& pipeline) {
  std::vector<field_use> out;
  for (const auto& node : pipeline.nodes) {
    const bool opens = node.type == "open_fields";
    if (!opens && node.type != "seal_fields")
      continue;
    const auto& keyring = pipeline.settings.keyring;
    const auto tenant = node.config.text_or("tenant", keyring ? keyring->tenant : "");
    std::vector<std::string> columns;
    if (opens)
      for (const auto& entry : *node.config["fields"].map())
        columns.push_back(entry.key);
    else
      columns = node.config.texts("fields");
    for (const auto& column : columns)
      out.push_back({node.name, opens ? "field.open" : "field.seal",
                     fmt::format("field:{}{}{}", tenant, tenant.empty() ? "" : "/", column)});
  }
  return out;
}

/// Who runs the pipeline, for the audit log.
struct runner {
  std::string name;
  std::string token;
};

core::result<runner> check_fields(const pipelines::checked_pipeline& pipeline,
                                  const access_control& access, const access_options& options,
                                  crypto::audit_log& audit) {
  const auto uses = field_uses(pipeline);
  if (uses.empty())
    return runner{"pipeline:" + pipeline.name, ""};
  const auto refuse_unknown = [&](core::error why) {
    audit.offer({os_user(), "", uses.front().verb, uses.front().resource, "denied"});
    return why;
  };
  auto token = caller_token(options.token_file);
  if (!token)
    return refuse_unknown(token.error());
  if (token->empty())
    return refuse_unknown(
        {core::errc::permission,
         fmt::format("`{}` uses sealed fields, for which access control wants a "
                     "token: set LEPTON_TOKEN or --token-file (`lepton token issue` "
                     "makes one)",
                     uses.front().component)});
  const auto claims = access.tokens->verify(*token, crypto::utc_now());
  if (!claims)
    return refuse_unknown(claims.error());
  for (const auto& use : uses) {
    if (access.rules.may(*claims, use.verb, use.resource))
      continue;
    audit.offer({claims->subject, claims->id, use.verb, use.resource, "denied"});
    return core::error{core::errc::permission,
                       fmt::format("{} may not do {} on {}, which `{}` does; a rule of the policy "
                                   "must allow it",
                                   claims->subject, use.verb, use.resource, use.component)};
  }
  for (const auto& use : uses)
    audit.offer({claims->subject, claims->id, use.verb, use.resource, "event"});
  return runner{claims->subject, claims->id};
}

} // namespace

core::result<crypto::key_use_listener> check_run(const pipelines::checked_pipeline& pipeline,
                                                 const audited_access& control,
                                                 const access_options& options) {
  auto who = check_fields(pipeline, control.access, options, *control.audit);
  if (!who)
    return who.error();
  return crypto::key_use_listener{
      [audit = control.audit, who = std::move(*who)](std::string_view verb, std::string_view key) {
        audit->offer({who.name, who.token, fmt::format("key.{}", verb), fmt::format("key:{}", key),
                      "event"});
      }};
}

} // namespace lepton::cli
