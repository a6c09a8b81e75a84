#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lepton::crypto {

enum class role : std::uint8_t { viewer, operating, key_custodian, admin };
constexpr std::size_t role_count = 4;
constexpr std::array<std::string_view, role_count> role_names{"viewer", "operator", "key-custodian",
                                                              "admin"};

constexpr std::optional<role> parse_role(std::string_view name) noexcept {
  for (std::size_t i = 0; i < role_count; ++i)
    if (role_names[i] == name)
      return static_cast<role>(i);
  return std::nullopt;
}

/// Everything that somebody may be allowed to do. A new verb needs a row in `verb_table`, or the
/// build fails.
enum class verb : std::uint8_t {
  metrics_read,
  health_read,
  pipeline_read,
  pipeline_pause,
  pipeline_resume,
  pipeline_stop,
  field_open,
  field_seal,
  keys_init,
  keys_list,
  keys_add,
  keys_rotate,
  keys_promote,
  keys_disable,
  keys_enable,
  keys_destroy,
  keys_destroy_subject,
  keys_export_recipient,
  keys_rewrap,
  token_issue,
  token_revoke,
  access_init,
  audit_show,
  audit_verify,
  count_ ///< how many there are
};
constexpr std::size_t verb_count = static_cast<std::size_t>(verb::count_);

/// Which resources a token that is bound to a tenant reaches with a verb.
enum class verb_scope : std::uint8_t {
  tenant,  ///< those of its own tenant
  cluster, ///< none: the resource belongs to all tenants
  shared,  ///< any: the resource shows nothing of a tenant
};

enum class verb_audit : std::uint8_t {
  must, ///< an admin verb: refused if it cannot be recorded
  may,  ///< recorded where somebody chose to; never held up by the audit log
};

/// Which roles may use a verb by themselves: "voca" has one letter for each role in the order of
/// `role`, or '-' where it may not. Another text does not compile.
class role_row {
public:
  consteval role_row(const char (&letters)[role_count + 1]) {
    constexpr std::string_view all = "voca";
    for (std::size_t i = 0; i < role_count; ++i) {
      if (letters[i] != all[i] && letters[i] != '-')
        throw "not the letter of this role";
      may_[i] = letters[i] != '-';
    }
  }
  constexpr bool has(role one) const noexcept { return may_[static_cast<std::size_t>(one)]; }

private:
  std::array<bool, role_count> may_{};
};

struct verb_row {
  verb what;
  std::string_view name; ///< KIND.ACTION
  verb_scope scope;
  verb_audit audit;
  role_row roles; ///< without a rule of the policy

  constexpr std::string_view kind() const noexcept { return name.substr(0, name.find('.')); }
  constexpr std::string_view action() const noexcept { return name.substr(name.find('.') + 1); }
};

/// The one table of verbs. No role opens or seals fields by itself, admin included: that needs a
/// rule that names the field. Who administers access has no use of keys, and who has keys does not
/// administer access.
inline constexpr std::array<verb_row, verb_count> verb_table{{
    // clang-format off
    //                             name                    scope                audit             roles
    {verb::metrics_read,          "metrics.read",          verb_scope::shared,  verb_audit::may,  "vo-a"},
    {verb::health_read,           "health.read",           verb_scope::shared,  verb_audit::may,  "voca"},
    {verb::pipeline_read,         "pipeline.read",         verb_scope::tenant,  verb_audit::may,  "vo-a"},
    {verb::pipeline_pause,        "pipeline.pause",        verb_scope::tenant,  verb_audit::must, "-o-a"},
    {verb::pipeline_resume,       "pipeline.resume",       verb_scope::tenant,  verb_audit::must, "-o-a"},
    {verb::pipeline_stop,         "pipeline.stop",         verb_scope::tenant,  verb_audit::must, "-o-a"},
    {verb::field_open,            "field.open",            verb_scope::tenant,  verb_audit::may,  "----"},
    {verb::field_seal,            "field.seal",            verb_scope::tenant,  verb_audit::may,  "----"},
    {verb::keys_init,             "keys.init",             verb_scope::cluster, verb_audit::must, "--c-"},
    {verb::keys_list,             "keys.list",             verb_scope::cluster, verb_audit::must, "-oca"},
    {verb::keys_add,              "keys.add",              verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_rotate,           "keys.rotate",           verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_promote,          "keys.promote",          verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_disable,          "keys.disable",          verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_enable,           "keys.enable",           verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_destroy,          "keys.destroy",          verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_destroy_subject,  "keys.destroy_subject",  verb_scope::tenant,  verb_audit::must, "--c-"},
    {verb::keys_export_recipient, "keys.export_recipient", verb_scope::cluster, verb_audit::must, "-oca"},
    {verb::keys_rewrap,           "keys.rewrap",           verb_scope::cluster, verb_audit::must, "--c-"},
    {verb::token_issue,           "token.issue",           verb_scope::cluster, verb_audit::must, "---a"},
    {verb::token_revoke,          "token.revoke",          verb_scope::cluster, verb_audit::must, "---a"},
    {verb::access_init,           "access.init",           verb_scope::cluster, verb_audit::must, "---a"},
    {verb::audit_show,            "audit.show",            verb_scope::cluster, verb_audit::may,  "--ca"},
    {verb::audit_verify,          "audit.verify",          verb_scope::cluster, verb_audit::may,  "--ca"},
    // clang-format on
}};

/// True if row i is that of verb i, every name is KIND.ACTION, and none occurs twice.
constexpr bool verb_table_is_complete() {
  for (std::size_t i = 0; i < verb_count; ++i) {
    const auto& row = verb_table[i];
    if (static_cast<std::size_t>(row.what) != i || row.kind().empty() || row.action().empty() ||
        row.name.find('.') == std::string_view::npos)
      return false;
    for (std::size_t j = 0; j < i; ++j)
      if (verb_table[j].name == row.name)
        return false;
  }
  return true;
}
static_assert(verb_table_is_complete(), "every verb needs its own row, in the order of `verb`");

/// The row of "KIND.ACTION", or null.
constexpr const verb_row* find_verb(std::string_view name) noexcept {
  for (const auto& row : verb_table)
    if (row.name == name)
      return &row;
  return nullptr;
}

/// The row of "KIND.ACTION", or of "ACTION" alone on a resource whose kind says the rest ("open" on
/// "field:card_number"), or null.
constexpr const verb_row* find_verb(std::string_view name,
                                    std::string_view resource_kind) noexcept {
  if (name.find('.') != std::string_view::npos)
    return find_verb(name);
  for (const auto& row : verb_table)
    if (row.kind() == resource_kind && row.action() == name)
      return &row;
  return nullptr;
}

} // namespace lepton::crypto
