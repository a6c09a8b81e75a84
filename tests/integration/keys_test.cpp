// `lepton keys` as its users type it.
#include "crypto/keyring/live_keyring.hpp"
#include "crypto/keyring/subject_keys.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/lepton_process.hpp"
#include "tests/support/terminal_session.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace lepton::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr int failed = 1;
constexpr int usage_error = 2;

class keys_cli : public testing::Test {
protected:
  finished_process run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "keys");
    return run_lepton(std::move(arguments), environment);
  }
  /// Runs it, expects success, and gives its JSON.
  json ask(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    const auto done = run(std::move(arguments));
    EXPECT_TRUE(done.status.ok()) << done.standard_error;
    return json::parse(done.standard_output);
  }
  void init() const { ASSERT_TRUE(run({"init", "--generate-key-file"}).status.ok()); }
  json list() const { return ask({"list"}).at("keys"); }

  temp_dir folder{"keys"};
  std::string keyring = (folder / "keyring").string();
  std::string key_file = (folder / "root.key").string();
  std::vector<std::pair<std::string, std::string>> environment{
      {"LEPTON_KEYRING", keyring}, {"LEPTON_KEYRING_KEY_FILE", key_file}};
};

TEST_F(keys_cli, makes_a_keyring_that_only_its_owner_can_read) {
  const auto made = run({"init", "--key-file", key_file, "--generate-key-file"});
  ASSERT_TRUE(made.status.ok()) << made.standard_error;
  EXPECT_THAT(made.standard_output, HasSubstr(keyring));
  struct stat found{};
  ASSERT_EQ(::stat(keyring.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(key_file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0400u);
  const auto again = run({"init"});
  EXPECT_EQ(again.status.code, failed);
  EXPECT_THAT(again.standard_error, HasSubstr("File exists"));
}

TEST_F(keys_cli, leads_a_key_through_its_life) {
  init();
  const auto first = ask({"add", "payments"}).at("version").get<std::string>();
  const auto second = ask({"rotate", "payments"}).at("version").get<std::string>();
  const auto early = run({"promote", "payments"});
  EXPECT_EQ(early.status.code, failed);
  EXPECT_THAT(early.standard_error, HasSubstr("wait until it is 60 s old"));
  EXPECT_EQ(ask({"promote", "payments", "--now"}).at("state"), "primary");
  EXPECT_EQ(ask({"disable", "payments", "--version", first}).at("state"), "disabled");
  EXPECT_EQ(ask({"enable", "payments", "--version", first}).at("state"), "enabled");
  EXPECT_EQ(ask({"destroy", "payments", "--version", first, "--yes"}).at("state"), "destroyed");
  const auto versions = list().at(0).at("versions");
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions.at(0).at("id"), first);
  EXPECT_EQ(versions.at(0).at("state"), "destroyed");
  EXPECT_EQ(versions.at(1).at("id"), second);
  EXPECT_EQ(versions.at(1).at("state"), "primary");
  EXPECT_EQ(ask({"list"}).at("keyring_version"), 7);
  const auto table = run({"list"}).standard_output;
  EXPECT_THAT(table, HasSubstr(second + "  primary"));
  EXPECT_THAT(table, HasSubstr("1 key, 0 subjects, keyring version 7"));
}

TEST_F(keys_cli, keeps_tenants_apart) {
  init();
  ask({"add", "payments", "--tenant", "acme"});
  ask({"add", "payments", "--tenant", "globex"});
  ask({"destroy", "payments", "--tenant", "acme", "--yes"});
  const auto keys = list();
  EXPECT_EQ(keys.at(0).at("versions").at(0).at("state"), "destroyed");
  EXPECT_EQ(keys.at(1).at("versions").at(0).at("state"), "primary");
  EXPECT_THAT(run({"rotate", "payments"}).standard_error, HasSubstr("no key 'payments'"));
}

TEST_F(keys_cli, never_prints_a_key) {
  init();
  ask({"add", "payments"});
  std::string all;
  for (const char* verb : {"list", "export-recipient"}) {
    all += run({verb}).standard_output + run({verb, "--json"}).standard_output;
  }
  EXPECT_THAT(all, HasSubstr("lepton-id-1:"));
  EXPECT_THAT(all, Not(HasSubstr(read_file(key_file).substr(0, 16))));
}

TEST_F(keys_cli, says_what_is_wrong_with_exit_codes_as_other_commands) {
  init();
  EXPECT_EQ(run({}).status.code, usage_error);
  EXPECT_EQ(run({"rotat", "payments"}).status.code, usage_error);
  EXPECT_EQ(run({"rotate"}).status.code, usage_error);
  EXPECT_EQ(run({"init", "--kdf", "none"}).status.code, usage_error);
  EXPECT_EQ(run({"list", "--key-file", key_file, "--credential", "x"}).status.code, usage_error);
  EXPECT_EQ(run({"disable", "payments", "--version", "12"}).status.code, usage_error);
  EXPECT_EQ(run({"list", "--passphrase", "hunter22"}).status.code, usage_error);
  const auto unnamed = run_lepton({"keys", "list"}, {{"LEPTON_KEYRING", ""}});
  EXPECT_EQ(unnamed.status.code, usage_error);
  EXPECT_THAT(unnamed.standard_error, HasSubstr("--keyring or LEPTON_KEYRING"));
  const auto missing = run({"list", "--keyring", (folder / "none").string()});
  EXPECT_EQ(missing.status.code, failed);
  EXPECT_THAT(missing.standard_error, HasSubstr("No such file"));
  EXPECT_EQ(run({"add", "a b"}).status.code, failed);
  EXPECT_THAT(run_lepton({"keys", "list", "--keyring", keyring}).standard_error,
              HasSubstr("opens with a key file"));
  EXPECT_TRUE(run({"--help"}).status.ok());
  EXPECT_THAT(run({"--help"}).standard_output, HasSubstr("export-recipient"));
}

TEST_F(keys_cli, changes_the_secret_and_keeps_the_keys) {
  init();
  const auto id = ask({"add", "payments"}).at("version");
  const auto phrase = folder.write("phrase", "correct horse battery\n").string();
  ::chmod(phrase.c_str(), 0600);
  ask({"rewrap", "--new-passphrase-file", phrase, "--kdf", "interactive"});
  EXPECT_THAT(run({"list"}).standard_error, HasSubstr("protected with a passphrase"));
  environment.back() = {"LEPTON_KEYRING_PASSPHRASE_FILE", phrase};
  EXPECT_EQ(list().at(0).at("versions").at(0).at("id"), id);
  EXPECT_EQ(ask({"list"}).at("protection").at("memory_bytes"), 64 << 20);
  folder.write("phrase", "wrong horse battery\n");
  const auto wrong = run({"list"});
  EXPECT_EQ(wrong.status.code, failed);
  EXPECT_THAT(wrong.standard_error, HasSubstr("is wrong"));
  EXPECT_THAT(wrong.standard_error, Not(HasSubstr("horse")));
}

TEST_F(keys_cli, asks_for_the_passphrase_without_showing_it) {
  auto options = lepton({"keys", "init", "--keyring", keyring, "--kdf", "interactive"});
  terminal_session first{options};
  ASSERT_TRUE(first.shows("New passphrase of " + keyring)) << first.screen();
  first.type("correct horse battery");
  ASSERT_TRUE(first.shows("The same again")) << first.screen();
  first.type("correct horse battery");
  EXPECT_EQ(first.finish(), 0) << first.screen();
  EXPECT_THAT(first.screen(), Not(HasSubstr("horse")));

  terminal_session second{lepton({"keys", "list", "--keyring", keyring})};
  ASSERT_TRUE(second.shows("Passphrase of ")) << second.screen();
  second.type("correct horse batter");
  EXPECT_EQ(second.finish(), failed);
  EXPECT_THAT(second.screen(), HasSubstr("the passphrase is wrong"));

  fs::remove(keyring);
  terminal_session third{options};
  ASSERT_TRUE(third.shows("New passphrase"));
  third.type("correct horse battery");
  ASSERT_TRUE(third.shows("again"));
  third.type("another horse battery");
  EXPECT_EQ(third.finish(), failed);
  EXPECT_THAT(third.screen(), HasSubstr("the two passphrases differ"));
  EXPECT_FALSE(fs::exists(keyring));
}

TEST_F(keys_cli, destroys_only_what_is_named_twice) {
  init();
  ask({"add", "payments"});
  for (const auto& [answer, code] : {std::pair{"payment", failed}, std::pair{"payments", 0}}) {
    terminal_session session{lepton({"keys", "destroy", "payments"}, environment)};
    ASSERT_TRUE(session.shows("Type 'payments' to destroy it")) << session.screen();
    session.type(answer);
    EXPECT_EQ(session.finish(), code) << session.screen();
    EXPECT_EQ(list().at(0).at("versions").at(0).at("state"), code == 0 ? "destroyed" : "primary");
  }
}

TEST_F(keys_cli, destroys_one_subject_under_a_running_process) {
  init();
  ask({"add", "payments"});
  const auto live =
      crypto::live_keyring::open(keyring, crypto::root_material::key_file(key_file).value())
          .value();
  const auto subjects = crypto::subject_keys::open(*live).value();
  ASSERT_TRUE(subjects->for_sealing("payments", "", "alice"));
  ASSERT_TRUE(subjects->for_sealing("payments", "", "bob"));
  EXPECT_EQ(ask({"list"}).at("subjects"), 2);
  const auto gone = run({"destroy", "payments", "--subject", "alice", "--yes"});
  ASSERT_TRUE(gone.status.ok()) << gone.standard_error;
  EXPECT_TRUE(eventually(std::chrono::seconds{1}, [&] {
    return subjects->for_opening("payments", "", "alice") == nullptr;
  }));
  EXPECT_TRUE(subjects->for_opening("payments", "", "bob"));
  EXPECT_THAT(run({"destroy", "payments", "--subject", "alice", "--yes"}).standard_error,
              HasSubstr("destroyed before"));
}

TEST_F(keys_cli, takes_effect_in_a_running_process_within_a_second) {
  init();
  ask({"add", "payments"});
  const auto live =
      crypto::live_keyring::open(keyring, crypto::root_material::key_file(key_file).value())
          .value();
  const auto id = live->primary("payments", "")->id;
  const auto second = std::chrono::seconds{1};
  ask({"rotate", "payments"});
  ask({"promote", "payments", "--now"});
  EXPECT_TRUE(eventually(second, [&] { return live->primary("payments", "")->id != id; }));
  EXPECT_TRUE(live->find("payments", "", id));
  ask({"destroy", "payments", "--version", crypto::to_hex(id), "--yes"});
  EXPECT_TRUE(eventually(second, [&] { return live->find("payments", "", id) == nullptr; }));
}

TEST_F(keys_cli, reads_a_systemd_credential) {
  init();
  environment = {{"LEPTON_KEYRING", keyring}, {"CREDENTIALS_DIRECTORY", folder.path().string()}};
  EXPECT_EQ(ask({"list", "--credential", "root.key"}).at("protection").at("by"), "key_file");
}

TEST_F(keys_cli, loses_nothing_when_two_commands_change_at_once) {
  init();
  std::vector<process> running;
  for (int i = 0; i < 8; ++i)
    running.emplace_back(lepton({"keys", "add", fmt::format("k{}", i)}, environment));
  for (auto& one : running)
    EXPECT_TRUE(one.wait(std::chrono::seconds{30}).value().ok()) << one.standard_error();
  EXPECT_EQ(list().size(), 8u);
}

TEST_F(keys_cli, writes_what_a_stranger_can_read_by_the_format_document) {
  constexpr const char* sodium = ".deps/lib/libsodium.so";
  if (!fs::exists(sodium))
    GTEST_SKIP() << "there is no shared libsodium in .deps";
  init();
  ask({"add", "payments"});
  ask({"add", "payments", "--tenant", "acme"});
  ask({"rotate", "payments"});
  ask({"promote", "payments", "--now"});
  ask({"rotate", "payments"});
  ask({"destroy", "payments", "--tenant", "acme", "--yes"});
  process_options python;
  python.program = "python3";
  python.arguments = {"tests/support/read_keyring.py", keyring, key_file, sodium};
  const auto done = run_process(python, std::chrono::seconds{10});
  ASSERT_TRUE(done.status.ok()) << done.standard_error;
  auto wanted = list();
  for (auto& key : wanted)
    for (auto& version : key.at("versions")) {
      version.erase("created");
      version.erase("changed");
    }
  EXPECT_EQ(json::parse(done.standard_output), wanted);
}

TEST_F(keys_cli, completes_its_verbs) {
  process_options bash;
  bash.program = "bash";
  bash.arguments = {"-c", run_lepton({"completion", "bash"}).standard_output +
                              "\nCOMP_WORDS=(lepton keys ro) COMP_CWORD=2; _lepton; echo "
                              "${COMPREPLY[@]}"};
  EXPECT_EQ(run_process(bash, std::chrono::seconds{10}).standard_output, "rotate\n");
}

} // namespace
} // namespace lepton::tests
