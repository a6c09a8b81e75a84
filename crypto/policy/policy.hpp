#pragma once

#include "core/result.hpp"
#include "crypto/policy/principal.hpp"
#include "crypto/policy/verbs.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// Grants or denies a permission to some subjects, besides what their roles give.
struct access_rule {
  std::string subject;    ///< pattern of subjects, or "role:NAME"
  std::string permission; ///< KIND:PATTERN:ACTION, e.g. "field:card_number:open"; ACTION may be *
  bool allow = true;
};

/// What a deployment adds to the roles. Data only: a pipeline file or a JSON file can give it.
struct access_rules {
  std::vector<access_rule> rules;
};

/// What is wrong with a rule and what to write instead; empty if nothing is.
std::string problem_with(const access_rule& rule);

/// Reads {"rules": [{"subject": "alice", "allow": ["field:card_number:open"], "deny": [...]}]}.
/// Fails with invalid_argument on anything else, and on a rule that has a problem.
core::result<access_rules> parse_access_rules(std::string_view json);

/// Decides who may do what: deny by default; a rule that denies wins over all; an unknown verb,
/// resource or role gives nothing. A rule cannot lift the bound of a tenant. Immutable.
class policy {
public:
  /// Roles alone.
  policy() = default;
  /// Fails with invalid_argument if a rule has a problem.
  static core::result<policy> of(const access_rules& rules);

  /// `verb` is KIND.ACTION, or ACTION where the resource says the kind: may(who, "open",
  /// "field:acme/card_number").
  bool may(const principal& who, std::string_view verb, std::string_view resource) const;

private:
  struct rule {
    std::string subject;
    std::string kind;
    std::string pattern;
    std::string action;
    bool allow;
  };
  struct request;

  static bool applies(const rule& one, const request& asked);

  std::vector<rule> rules_;
};

} // namespace lepton::crypto
