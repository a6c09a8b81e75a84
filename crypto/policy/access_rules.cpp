#include "crypto/policy/policy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lepton::crypto {

namespace {

using json = nlohmann::json;

core::error wrong(std::string why) {
  return {core::errc::invalid_argument, std::move(why)};
}

core::result<void> add_permissions(const json& entry, const char* key, bool allow,
                                   access_rules& out) {
  if (!entry.contains(key))
    return {};
  const auto& list = entry.at(key);
  if (!list.is_array())
    return wrong(fmt::format("`{}` must be a list of permissions", key));
  for (const auto& one : list) {
    if (!one.is_string())
      return wrong(fmt::format("`{}` must be a list of texts", key));
    access_rule rule{entry.at("subject").get<std::string>(), one.get<std::string>(), allow};
    if (auto problem = problem_with(rule); !problem.empty())
      return wrong(std::move(problem));
    out.rules.push_back(std::move(rule));
  }
  return {};
}

core::result<void> add_entry(const json& entry, access_rules& out) {
  if (!entry.is_object() || !entry.contains("subject") || !entry.at("subject").is_string())
    return wrong("a rule must be an object with a `subject`");
  for (const auto& [key, unused] : entry.items())
    if (key != "subject" && key != "allow" && key != "deny")
      return wrong(fmt::format("unknown key `{}`; a rule has subject, allow and deny", key));
  LEPTON_TRY(add_permissions(entry, "allow", true, out));
  return add_permissions(entry, "deny", false, out);
}

} // namespace

core::result<access_rules> parse_access_rules(std::string_view text) {
  const auto file = json::parse(text, nullptr, false);
  if (!file.is_object() || file.size() != 1 || !file.contains("rules") ||
      !file.at("rules").is_array())
    return wrong("the policy must be JSON of the form {\"rules\": [...]} and nothing else");
  access_rules out;
  for (const auto& entry : file.at("rules"))
    LEPTON_TRY(add_entry(entry, out));
  return out;
}

} // namespace lepton::crypto
