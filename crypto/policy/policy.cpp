#include "crypto/policy/policy.hpp"

#include "crypto/policy/resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace lepton::crypto {

namespace {

constexpr std::string_view role_prefix = "role:";

struct permission_parts {
  std::string_view kind;
  std::string_view pattern;
  std::string_view action;
};

/// A pattern may have colons in it; kinds and actions have none.
std::optional<permission_parts> split(std::string_view permission) {
  const auto first = permission.find(':');
  const auto last = permission.rfind(':');
  if (first == std::string_view::npos || first == last)
    return std::nullopt;
  return permission_parts{permission.substr(0, first),
                          permission.substr(first + 1, last - first - 1),
                          permission.substr(last + 1)};
}

bool verb_exists(const permission_parts& parts) {
  return std::any_of(verb_table.begin(), verb_table.end(), [&](const verb_row& row) {
    return row.kind() == parts.kind && (parts.action == "*" || row.action() == parts.action);
  });
}

bool within_tenant(const principal& who, const verb_row& row, const resource_name& what) {
  if (who.tenant.empty() || row.scope == verb_scope::shared)
    return true;
  return row.scope == verb_scope::tenant && what.tenant == who.tenant;
}

bool by_role(const principal& who, const verb_row& row) {
  return std::any_of(who.roles.begin(), who.roles.end(), [&](const std::string& name) {
    const auto one = parse_role(name);
    return one && row.roles.has(*one);
  });
}

bool has_role(const principal& who, std::string_view name) {
  return std::find(who.roles.begin(), who.roles.end(), name) != who.roles.end();
}

} // namespace

struct policy::request {
  const principal& who;
  const verb_row& row;
  const resource_name& what;
};

std::string problem_with(const access_rule& rule) {
  if (rule.subject.empty())
    return "a rule needs a subject: a name, a pattern such as `svc-*`, or `role:NAME`";
  const std::string_view subject{rule.subject};
  if (subject.starts_with(role_prefix) && !parse_role(subject.substr(role_prefix.size())))
    return fmt::format("`{}` is no role; the roles are {}", subject.substr(role_prefix.size()),
                       fmt::join(role_names, ", "));
  const auto parts = split(rule.permission);
  if (!parts || parts->pattern.empty())
    return fmt::format("`{}` is no permission; write KIND:PATTERN:ACTION, e.g. "
                       "field:card_number:open",
                       rule.permission);
  if (!verb_exists(*parts))
    return fmt::format("`{}`: there is no verb {}.{}; docs/access.md lists all", rule.permission,
                       parts->kind, parts->action);
  return {};
}

core::result<policy> policy::of(const access_rules& rules) {
  policy out;
  for (const auto& one : rules.rules) {
    if (auto problem = problem_with(one); !problem.empty())
      return core::error{core::errc::invalid_argument, std::move(problem)};
    const auto parts = *split(one.permission);
    out.rules_.push_back({one.subject, std::string{parts.kind}, std::string{parts.pattern},
                          std::string{parts.action}, one.allow});
  }
  return out;
}

bool policy::applies(const rule& one, const request& asked) {
  if (one.kind != asked.row.kind() || (one.action != "*" && one.action != asked.row.action()))
    return false;
  // A pattern without a tenant means the name in any tenant.
  if (!fits_pattern(asked.what.full, one.pattern) && !fits_pattern(asked.what.name, one.pattern))
    return false;
  const std::string_view subject{one.subject};
  return subject.starts_with(role_prefix) ? has_role(asked.who, subject.substr(role_prefix.size()))
                                          : fits_pattern(asked.who.subject, subject);
}

bool policy::may(const principal& who, std::string_view verb, std::string_view resource) const {
  const auto what = resource_name::parse(resource);
  const auto* row = find_verb(verb, what.kind);
  if (!row || row->kind() != what.kind || !within_tenant(who, *row, what))
    return false;
  bool allowed = by_role(who, *row);
  for (const auto& one : rules_) {
    if (!applies(one, {who, *row, what}))
      continue;
    if (!one.allow)
      return false;
    allowed = true;
  }
  return allowed;
}

} // namespace lepton::crypto
