// Access control as its users meet it: commands with tokens, and the audit log of all that.
#include "crypto/audit/audit_entry.hpp"
#include "crypto/policy/verbs.hpp"
#include "tests/integration/access_folder.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace lepton::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr int failed = 1;
constexpr int usage_error = 2;

class access : public access_folder {};

TEST_F(access, lies_in_a_folder_that_only_its_owner_can_read) {
  struct stat found{};
  for (const auto* name : {"", "/audit"}) {
    ASSERT_EQ(::stat((folder_of_access + name).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700U) << name;
  }
  for (const auto* name : {"/issuer.key", "/policy.json", "/audit/audit.key", "/audit/audit.log"}) {
    ASSERT_EQ(::stat((folder_of_access + name).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U) << name;
  }
  const auto again = run({"access", "init", folder_of_access});
  EXPECT_EQ(again.status.code, failed);
  EXPECT_THAT(again.standard_error, HasSubstr("File exists"));
  const auto none = run_lepton({"keys", "list"}, {{"LEPTON_ACCESS", (folder / "none").string()}});
  EXPECT_EQ(none.status.code, usage_error) << "no keyring was named";
  const auto closed =
      run_lepton({"keys", "list", "--keyring", keyring}, {{"LEPTON_ACCESS", (folder / "none")}});
  EXPECT_EQ(closed.status.code, failed) << "access control that is not there lets nobody in";
}

/// How to ask for a verb, and what on. Those of pipelines have no command.
struct asked {
  crypto::verb verb;
  texts arguments;
  std::string resource;
};

TEST_F(access, lets_each_role_do_what_the_table_says_and_writes_down_both) {
  using crypto::verb;
  const auto victim = id_of(token("victim", "viewer"));
  const std::vector<asked> all{
      {verb::keys_init, {"keys", "init"}, "keyring:" + keyring},
      {verb::keys_list, {"keys", "list"}, "keyring:" + keyring},
      {verb::keys_add, {"keys", "add", "cards"}, "key:cards"},
      {verb::keys_rotate, {"keys", "rotate", "payments"}, "key:payments"},
      {verb::keys_promote, {"keys", "promote", "payments", "--now"}, "key:payments"},
      {verb::keys_disable, {"keys", "disable", "cards"}, "key:cards"},
      {verb::keys_enable,
       {"keys", "enable", "cards", "--version", std::string(32, '0')},
       "key:cards"},
      {verb::keys_destroy, {"keys", "destroy", "cards", "--yes"}, "key:cards"},
      {verb::keys_destroy_subject,
       {"keys", "destroy", "payments", "--subject", "ada", "--yes"},
       "key:payments"},
      {verb::keys_export_recipient, {"keys", "export-recipient"}, "keyring:" + keyring},
      {verb::keys_rewrap, {"keys", "rewrap"}, "keyring:" + keyring},
      {verb::token_revoke, {"token", "revoke", victim}, "token:" + victim},
  };
  for (const auto name : crypto::role_names) {
    const auto who = fmt::format("the-{}", name);
    const auto with = token(who, std::string{name});
    const auto before = read_file(keyring);
    for (const auto& one : all) {
      const auto& row = crypto::verb_table[static_cast<std::size_t>(one.verb)];
      const bool may = row.roles.has(*crypto::parse_role(name));
      const auto done = run(one.arguments, with);
      if (!may) {
        EXPECT_EQ(done.status.code, failed) << who << " " << row.name;
        EXPECT_THAT(done.standard_error, HasSubstr(fmt::format("{} may not do {}", who, row.name)));
      } else {
        EXPECT_THAT(done.standard_error, Not(HasSubstr("may not"))) << who << " " << row.name;
      }
    }
    EXPECT_EQ(read_file(keyring) == before, name != "key-custodian") << who;
    const auto log = entries();
    for (const auto& one : all) {
      const auto& row = crypto::verb_table[static_cast<std::size_t>(one.verb)];
      const bool may = row.roles.has(*crypto::parse_role(name));
      const auto what = fmt::format("{} {} by {}", row.name, one.resource, who);
      EXPECT_THAT(log, testing::Contains((may ? "begun " : "denied ") + what));
      EXPECT_THAT(log, Not(testing::Contains((may ? "denied " : "begun ") + what)));
      if (may) {
        EXPECT_THAT(log, testing::Contains(testing::AnyOf("ok " + what, "failed " + what)));
      }
    }
  }
  EXPECT_TRUE(run({"audit", "verify"}).status.ok());
}

TEST_F(access, refuses_tokens_that_do_not_count_and_writes_that_down) {
  const auto now = crypto::utc_now();
  const crypto::principal carol{"carol", {"key-custodian"}, ""};
  const auto revoked = token("carol", "key-custodian");
  const auto id = id_of(revoked);
  ASSERT_TRUE(run({"keys", "list"}, revoked).status.ok());
  ASSERT_TRUE(run({"token", "revoke", id}).status.ok());
  EXPECT_TRUE(has_entry("ok token.revoke token:" + id + " by os:root") || ::geteuid() != 0);
  auto forged = custodian;
  forged[40] = forged[40] == 'A' ? 'B' : 'A';
  const crypto::verify_key client{1};
  for (const auto& [with, why] : std::vector<std::pair<std::string, const char*>>{
           {"", "needs a token"},
           {"nonsense", "no token of this cluster"},
           {forged, "no token of this cluster"},
           {signed_token(carol, {"test", {}}, now - 20min), "expired at"},
           {signed_token(carol, {"test", {}}, now + 20min), "is the clock"},
           {signed_token(carol, {"other", {}}, now), "no token of this cluster"},
           {signed_token(carol, {"test", client}, now), "no token of this cluster"},
           {revoked, "was revoked"}}) {
    const auto before = entries().size();
    const auto done = run({"keys", "list"}, with);
    EXPECT_EQ(done.status.code, failed) << why;
    EXPECT_EQ(done.standard_output, "") << why;
    EXPECT_THAT(done.standard_error, HasSubstr(why));
    const auto after = entries();
    ASSERT_EQ(after.size(), before + 1) << why;
    EXPECT_THAT(after.back(), testing::MatchesRegex("denied keys.list keyring:.* by os:.*"));
  }
  // Of another tenant.
  const auto bound = token("tina", "key-custodian", {"--tenant", "acme"});
  EXPECT_TRUE(run({"keys", "add", "cards", "--tenant", "acme"}, bound).status.ok());
  EXPECT_EQ(run({"keys", "add", "cards", "--tenant", "rival"}, bound).status.code, failed);
  EXPECT_EQ(run({"keys", "add", "cards"}, bound).status.code, failed);
  EXPECT_TRUE(has_entry("denied keys.add key:rival/cards by tina"));
}

TEST_F(access, revokes_by_token_and_by_subject_and_nothing_by_mistake) {
  const auto first = token("alice", "viewer");
  const auto second = token("alice", "viewer", {"--ttl", "5m"});
  const auto stranger = token("bob", "viewer", {"--ttl", "2h", "--long-lived"});
  const auto counts = [&](const std::string& one) {
    return run({"token", "inspect"}, one).status.ok();
  };
  EXPECT_TRUE(counts(first) && counts(second) && counts(stranger));
  EXPECT_THAT(run({"token", "revoke", first}).standard_output, HasSubstr(id_of(first)));
  EXPECT_FALSE(counts(first));
  EXPECT_TRUE(counts(second));
  EXPECT_TRUE(run({"token", "revoke", "--subject", "alice"}).status.ok());
  EXPECT_FALSE(counts(second));
  EXPECT_TRUE(counts(stranger));
  const auto named = run({"token", "revoke", "bob"});
  EXPECT_EQ(named.status.code, usage_error);
  EXPECT_THAT(named.standard_error, HasSubstr("--subject NAME"));
  EXPECT_TRUE(counts(stranger));
  for (const auto& wrong : std::vector<texts>{{"--ttl", "16m"},
                                              {"--ttl", "25h", "--long-lived"},
                                              {"--ttl", "soon"},
                                              {"--ttl", "0s"},
                                              {"--role", "boss"},
                                              {"--tenant", "a/b"},
                                              {"--curve-key", "abc"}}) {
    texts arguments{"token", "issue", "--subject", "bob"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const auto done = run(arguments);
    EXPECT_EQ(done.status.code, usage_error) << wrong[1];
    EXPECT_EQ(done.standard_output, "") << wrong[1];
  }
  const std::string curve = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
  const auto bound = token("edge", "viewer", {"--curve-key", curve});
  EXPECT_FALSE(counts(bound));
  EXPECT_TRUE(run({"token", "inspect", "--curve-key", curve}, bound).status.ok());
}

TEST_F(access, finds_every_change_of_the_audit_log) {
  const auto verify = [&](texts more = {}) {
    more.insert(more.begin(), {"audit", "verify"});
    return run(more);
  };
  const auto older = read_file(audit_log());
  ASSERT_TRUE(run({"keys", "list"}, custodian).status.ok());
  const auto good = verify();
  EXPECT_TRUE(good.status.ok()) << good.standard_error;
  const auto report = json::parse(verify({"--json"}).standard_output);
  EXPECT_EQ(report.at("good"), true);
  const auto head = report.at("head").get<std::string>();
  EXPECT_EQ(run({"audit", "show", "--head"}).standard_output, head + "\n");
  EXPECT_TRUE(verify({"--anchor", head}).status.ok());

  const auto log = read_file(audit_log());
  const auto replaced_by = [&](const std::string& text, const char* why, texts more = {}) {
    std::ofstream{audit_log(), std::ios::trunc} << text;
    const auto done = verify(std::move(more));
    EXPECT_EQ(done.status.code, failed) << why;
    EXPECT_THAT(done.standard_error, HasSubstr(why));
  };
  auto edited = log;
  edited.replace(edited.find("carol"), 5, "karol");
  replaced_by(edited, "the line before is not the one");
  auto removed = log;
  const auto line = removed.find('\n', removed.find("keys.init")) + 1;
  removed.erase(line, removed.find('\n', line) + 1 - line);
  replaced_by(removed, "lines were removed, added or moved");
  replaced_by(older, "its end was cut off, or it was replaced");
  // Commands add nothing to it, and do nothing.
  const auto refused = run({"keys", "add", "cards"}, custodian);
  EXPECT_EQ(refused.status.code, failed);
  EXPECT_THAT(refused.standard_error, HasSubstr("lepton audit verify"));
  fs::remove(folder_of_access + "/audit/audit.anchor");
  const auto cut = log.substr(0, log.rfind('\n', log.size() - 2) + 1);
  replaced_by(cut, "the anchor that was given", {"--anchor", head});
  replaced_by(older, "the anchor that was given", {"--anchor", head});
  EXPECT_EQ(read_file(audit_log()), older) << "verifying writes nothing";
  std::ofstream{audit_log(), std::ios::trunc} << log;
  EXPECT_TRUE(verify({"--anchor", head}).status.ok());
  replaced_by(log, "the signature", {"--key", folder_of_access + "/issuer.pub"});
  EXPECT_EQ(verify({"--anchor", "7"}).status.code, usage_error);
  EXPECT_EQ(verify({"--key", "/no/such/file"}).status.code, failed);
}

TEST_F(access, writes_a_log_that_a_stranger_can_check_by_the_format_document) {
  constexpr const char* sodium = ".deps/lib/libsodium.so";
  if (!fs::exists(sodium))
    GTEST_SKIP() << "there is no shared libsodium in .deps";
  const auto document = read_file("docs/formats/audit.md");
  const auto begin = document.find("```python\n") + 10;
  folder.write("check.py", document.substr(begin, document.find("```\n", begin) - begin));
  const auto check = [&] {
    process_options python;
    python.program = "python3";
    python.arguments = {folder / "check.py", folder_of_access + "/audit", sodium};
    return run_process(python, 20s);
  };
  const auto good = check();
  EXPECT_TRUE(good.status.ok()) << good.standard_error;
  EXPECT_EQ(good.standard_output, run({"audit", "show", "--head"}).standard_output);
  const auto log = read_file(audit_log());
  const auto with = [&](const std::string& text) {
    std::ofstream{audit_log(), std::ios::trunc} << text;
    return check().standard_error;
  };
  auto edited = log;
  edited.replace(edited.find("carol"), 5, "karol");
  EXPECT_THAT(with(edited), HasSubstr("broken before line"));
  auto forged = log;
  const auto digit = forged.find("\"sig\":\"") + 7;
  forged[digit] = forged[digit] == '0' ? '1' : '0';
  EXPECT_THAT(with(forged), HasSubstr("signature of line"));
  EXPECT_THAT(with(log.substr(0, log.rfind('\n', log.size() - 2) + 1)), HasSubstr("cut off"));
}

TEST_F(access, shows_the_log_to_those_who_may_see_it) {
  for (const auto& [role, may] : {std::pair{"viewer", false},
                                  {"operator", false},
                                  {"key-custodian", true},
                                  {"admin", true}}) {
    const auto with = token("someone", role);
    for (const auto& arguments : {texts{"audit", "show"}, texts{"audit", "verify"},
                                  texts{"audit", "show", "--log", folder_of_access + "/audit"}}) {
      const auto done = run(arguments, with);
      EXPECT_EQ(done.status.ok(), may) << role << " " << arguments[1];
      EXPECT_EQ(done.standard_output.empty(), !may) << role << " " << arguments[1];
    }
  }
  EXPECT_THAT(run({"audit", "show"}, "nonsense").standard_error, HasSubstr("no token"));
}

TEST_F(access, keeps_a_hash_of_what_a_verb_was_asked_for_with) {
  token("alice", "admin", {"--ttl", "5m"});
  const std::string version(32, 'a');
  EXPECT_EQ(run({"keys", "enable", "payments", "--version", version}, custodian).status.code,
            failed);
  const auto log = read_file(audit_log());
  for (const auto& text : {std::string{"alice admin  5m "}, version})
    EXPECT_THAT(log, HasSubstr("\"args\":\"" + crypto::audit_arguments(text) + "\"")) << text;
}

TEST_F(access, shows_the_entries_that_are_asked_for) {
  const auto shown = [&](texts more) {
    more.insert(more.begin(), {"audit", "show"});
    return run(more).standard_output;
  };
  EXPECT_THAT(shown({}), HasSubstr("access:test"));
  const auto keys = shown({"--verb", "keys.*", "--actor", "car*"});
  EXPECT_THAT(keys, HasSubstr("keys.add              key:payments"));
  EXPECT_THAT(keys, Not(HasSubstr("token.issue")));
  EXPECT_EQ(shown({"--since", "1h"}), shown({}));
  EXPECT_EQ(shown({"--since", "2099-01-01T00:00:00Z"}), "");
  EXPECT_EQ(shown({"--actor", "nobody"}), "");
  EXPECT_EQ(run({"audit", "show", "--since", "yesterday"}).status.code, usage_error);
}

} // namespace
} // namespace lepton::tests
