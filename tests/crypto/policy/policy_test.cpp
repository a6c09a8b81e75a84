#include "crypto/policy/policy.hpp"

#include "crypto/policy/resource.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lepton::crypto {
namespace {

using testing::HasSubstr;

/// A resource that the verb can be used on, of `tenant` where its kind has tenants.
std::string resource_for(const verb_row& row, std::string_view tenant) {
  const std::string prefix = row.kind() == "keys" && row.scope == verb_scope::tenant ? "key"
                             : row.kind() == "keys"                                  ? "keyring"
                                                    : std::string{row.kind()};
  const bool tenanted = row.scope == verb_scope::tenant;
  return prefix + ":" + (tenanted ? std::string{tenant} + "/" : "") + "thing";
}

/// Verb: what viewer, operator, key-custodian and admin may, each as three letters: without a
/// tenant, for the own tenant, for another one.
const std::map<std::string, std::string> golden{
    {"metrics.read", "yyy yyy --- yyy"},
    {"health.read", "yyy yyy yyy yyy"},
    {"pipeline.read", "yy- yy- --- yy-"},
    {"pipeline.pause", "--- yy- --- yy-"},
    {"pipeline.resume", "--- yy- --- yy-"},
    {"pipeline.stop", "--- yy- --- yy-"},
    {"field.open", "--- --- --- ---"},
    {"field.seal", "--- --- --- ---"},
    {"keys.init", "--- --- y-- ---"},
    {"keys.list", "--- y-- y-- y--"},
    {"keys.add", "--- --- yy- ---"},
    {"keys.rotate", "--- --- yy- ---"},
    {"keys.promote", "--- --- yy- ---"},
    {"keys.disable", "--- --- yy- ---"},
    {"keys.enable", "--- --- yy- ---"},
    {"keys.destroy", "--- --- yy- ---"},
    {"keys.destroy_subject", "--- --- yy- ---"},
    {"keys.export_recipient", "--- y-- y-- y--"},
    {"keys.rewrap", "--- --- y-- ---"},
    {"token.issue", "--- --- --- y--"},
    {"token.revoke", "--- --- --- y--"},
    {"access.init", "--- --- --- y--"},
    {"audit.show", "--- --- y-- y--"},
    {"audit.verify", "--- --- y-- y--"},
};

TEST(policy, has_a_decision_for_every_role_verb_and_tenant) {
  const policy by_role;
  std::size_t cells = 0;
  for (const auto& row : verb_table) {
    std::string line;
    for (const auto role : role_names) {
      const auto may = [&](std::string_view tenant, std::string_view of) {
        ++cells;
        const principal who{"alice", {std::string{role}}, std::string{tenant}};
        return by_role.may(who, row.name, resource_for(row, of)) ? 'y' : '-';
      };
      line += fmt::format("{}{}{} ", may("", "acme"), may("acme", "acme"), may("acme", "rival"));
    }
    line.pop_back();
    const auto expected = golden.find(std::string{row.name});
    ASSERT_NE(expected, golden.end()) << row.name << " is not in the golden table";
    EXPECT_EQ(line, expected->second) << row.name;
  }
  EXPECT_EQ(golden.size(), verb_count);
  EXPECT_EQ(cells, verb_count * role_count * 3);
}

TEST(policy, is_documented_verb_by_verb) {
  const auto document = tests::read_file("docs/access.md");
  for (const auto& row : verb_table) {
    std::string marks;
    for (std::size_t i = 0; i < role_count; ++i)
      marks += row.roles.has(static_cast<role>(i)) ? " yes |" : " - |";
    const auto at = document.find(fmt::format("\n| `{}` | ", row.name));
    ASSERT_NE(at, std::string::npos) << row.name;
    const auto line = document.substr(at + 1, document.find('\n', at + 1) - at - 1);
    EXPECT_TRUE(line.ends_with(" |" + marks)) << line;
  }
}

principal alice(std::vector<std::string> roles = {}, std::string tenant = "") {
  return {"alice", std::move(roles), std::move(tenant)};
}

TEST(policy, denies_what_it_does_not_know) {
  const policy by_role;
  const auto admin = alice({"admin", "key-custodian", "operator", "viewer"});
  EXPECT_TRUE(by_role.may(admin, "keys.rotate", "key:payments"));
  for (const auto& [verb, resource] :
       std::vector<std::pair<const char*, const char*>>{{"keys.melt", "key:payments"},
                                                        {"", "key:payments"},
                                                        {".", "key:payments"},
                                                        {"keys.rotate", "payments"},
                                                        {"keys.rotate", ""},
                                                        {"keys.rotate", "key:"},
                                                        {"keys.rotate", "pipeline:payments"},
                                                        {"keys.rotate", "moon:payments"},
                                                        {"keys.rotate", "key:/payments"},
                                                        {"keys.rotate", "key:acme/"},
                                                        {"pipeline.read", "metrics:small"},
                                                        {"melt", "key:payments"}})
    EXPECT_FALSE(by_role.may(admin, verb, resource)) << verb << " " << resource;
  EXPECT_FALSE(by_role.may(alice({"root", "Admin", ""}), "metrics.read", "metrics:x"));
  EXPECT_FALSE(by_role.may(alice(), "health.read", "health:x"));
}

TEST(policy, opens_only_fields_that_a_rule_names) {
  const auto rules =
      policy::of({{{"alice", "field:card_*:open"}, {"role:operator", "field:name:open"}}});
  ASSERT_TRUE(rules);
  EXPECT_TRUE(rules->may(alice(), "open", "field:card_number"));
  EXPECT_TRUE(rules->may(alice(), "field.open", "field:acme/card_number"));
  EXPECT_TRUE(rules->may(alice({}, "acme"), "open", "field:acme/card_number"));
  EXPECT_FALSE(rules->may(alice({}, "acme"), "open", "field:rival/card_number"));
  EXPECT_FALSE(rules->may(alice({}, "acme"), "open", "field:card_number"));
  EXPECT_FALSE(rules->may(alice(), "seal", "field:card_number"));
  EXPECT_FALSE(rules->may(alice(), "open", "field:name"));
  EXPECT_TRUE(rules->may(alice({"operator"}), "open", "field:name"));
  EXPECT_FALSE(rules->may({"bob", {"admin"}, ""}, "open", "field:card_number"));
}

TEST(policy, lets_a_denial_win_wherever_it_stands) {
  const access_rule allow{"*", "pipeline:fraud-*:pause"};
  const access_rule deny{"ali*", "pipeline:*-live:*", false};
  for (const auto& order : {access_rules{{allow, deny}}, access_rules{{deny, allow}}}) {
    const auto rules = policy::of(order);
    ASSERT_TRUE(rules);
    EXPECT_TRUE(rules->may(alice(), "pipeline.pause", "pipeline:fraud-test"));
    EXPECT_FALSE(rules->may(alice(), "pipeline.pause", "pipeline:fraud-live"));
    EXPECT_FALSE(rules->may(alice({"admin"}), "pipeline.read", "pipeline:acme/x-live"));
    EXPECT_TRUE(rules->may({"bob", {}, ""}, "pipeline.pause", "pipeline:fraud-live"));
    EXPECT_FALSE(rules->may({"bob", {}, ""}, "pipeline.pause", "pipeline:other"));
  }
}

TEST(policy, reads_rules_from_json_and_says_what_is_wrong) {
  const auto rules = parse_access_rules(
      R"({"rules":[{"subject":"alice","allow":["keys:payments:rotate"],"deny":["keys:*:destroy"]}]})");
  ASSERT_TRUE(rules) << rules.error().message();
  ASSERT_EQ(rules->rules.size(), 2U);
  EXPECT_TRUE(rules->rules[0].allow);
  EXPECT_FALSE(rules->rules[1].allow);
  for (const auto& [text, why] : std::vector<std::pair<const char*, const char*>>{
           {"", "must be JSON"},
           {"[]", "must be JSON"},
           {R"({"rules":[],"x":1})", "must be JSON"},
           {R"({"rules":[{"subject":"a","deny":["keys:*:add"],"deny":["keys:*:list"]}]})",
            "no name twice"},
           {R"({"rules":[{"allow":[]}]})", "subject"},
           {R"({"rules":[{"subject":"a","alow":[]}]})", "unknown key `alow`"},
           {R"({"rules":[{"subject":"a","allow":["keys:payments"]}]})", "KIND:PATTERN:ACTION"},
           {R"({"rules":[{"subject":"a","allow":["keys:*:melt"]}]})", "no verb keys.melt"},
           {R"({"rules":[{"subject":"role:boss","allow":["keys:*:add"]}]})", "`boss` is no role"},
           {R"({"rules":[{"subject":"","deny":["keys:*:add"]}]})", "needs a subject"},
           {R"({"rules":[{"subject":"a","allow":[7]}]})", "list of texts"}}) {
    const auto parsed = parse_access_rules(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message(), HasSubstr(why));
  }
}

TEST(policy, fits_patterns) {
  for (const auto& [text, pattern] :
       std::vector<std::pair<const char*, const char*>>{{"", ""},
                                                        {"", "*"},
                                                        {"abc", "abc"},
                                                        {"abc", "*"},
                                                        {"abc", "a*"},
                                                        {"abc", "*c"},
                                                        {"abc", "a*c"},
                                                        {"abc", "*b*"},
                                                        {"aXbXc", "a*b*c"},
                                                        {"aaab", "*ab"},
                                                        {"a*c", "a*c"}})
    EXPECT_TRUE(fits_pattern(text, pattern)) << text << " " << pattern;
  for (const auto& [text, pattern] :
       std::vector<std::pair<const char*, const char*>>{{"a", ""},
                                                        {"abc", "ab"},
                                                        {"abc", "b*"},
                                                        {"abc", "*b"},
                                                        {"abc", "a*d"},
                                                        {"", "a"},
                                                        {"abc", "abcd"},
                                                        {"abc", "ABC"}})
    EXPECT_FALSE(fits_pattern(text, pattern)) << text << " " << pattern;
  const std::string long_text(4096, 'a');
  EXPECT_FALSE(fits_pattern(long_text, "*a*a*a*a*a*a*a*a*a*b")) << "and soon";
}

} // namespace
} // namespace lepton::crypto
