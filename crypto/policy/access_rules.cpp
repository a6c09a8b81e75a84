#include "crypto/policy/policy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace lepton::crypto {

namespace {

using json = nlohmann::json;

core::error wrong(std::string why) {
  return {core::errc::invalid_argument, std::move(why)};
}

/// The file, if it is JSON in which no object has a name twice: of two lists of denials the library
/// would keep the last.
json parse_without_repetition(std::string_view text) {
  std::vector<std::set<std::string>> names;
  bool repeated = false;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start)
      names.emplace_back();
    else if (event == json::parse_event_t::object_end)
      names.pop_back();
    else if (event == json::parse_event_t::key)
      repeated = !names.back().insert(value.get<std::string>()).second || repeated;
    return true;
  };
  auto file = json::parse(text, watch, false);
  return repeated ? json{} : file;
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
  const auto file = parse_without_repetition(text);
  if (!file.is_object() || file.size() != 1 || !file.contains("rules") ||
      !file.at("rules").is_array())
    return wrong("the policy must be JSON of the form {\"rules\": [...]} and nothing else, "
                 "with no name twice in one object");
  access_rules out;
  for (const auto& entry : file.at("rules"))
    LEPTON_TRY(add_entry(entry, out));
  return out;
}

} // namespace lepton::crypto
