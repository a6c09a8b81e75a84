#include "cli/admin_gate.hpp"

#include "cli/exit_codes.hpp"
#include "cli/keys.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lepton::cli {
namespace {

using calls = std::vector<std::string>;

class noting_gate : public admin_gate {
public:
  noting_gate(calls& into, bool allows) : into_{into}, allows_{allows} {}
  core::result<void> before(std::string_view verb, std::string_view resource) override {
    into_.push_back(fmt::format("before {} {}", verb, resource));
    return allows_ ? core::result<void>{} : core::error{core::errc::permission, "not you"};
  }
  void after(std::string_view verb, std::string_view resource, bool ok) override {
    into_.push_back(fmt::format("after {} {} {}", verb, resource, ok));
  }

private:
  calls& into_;
  bool allows_;
};

class gates : public testing::Test {
protected:
  gates() {
    options.keyring = (folder / "keyring").string();
    options.secret.key_file = (folder / "root.key").string();
    options.generate_key_file = true;
    options.json = true;
    EXPECT_EQ(keys_init(options), exit_ok);
    options.generate_key_file = false;
    options.name = "payments";
    options.tenant = "acme";
    options.yes = true;
  }
  ~gates() override {
    class open_gate : public admin_gate {
      core::result<void> before(std::string_view, std::string_view) override { return {}; }
      void after(std::string_view, std::string_view, bool) override {}
    };
    set_admin_gate(std::make_unique<open_gate>());
  }

  void watch(bool allows) { set_admin_gate(std::make_unique<noting_gate>(seen, allows)); }

  tests::temp_dir folder{"gate"};
  keys_command options;
  calls seen;
};

TEST_F(gates, are_told_before_and_after_each_verb_how_it_ended) {
  watch(true);
  EXPECT_EQ(keys_add(options), exit_ok);
  EXPECT_EQ(keys_add(options), exit_failed);
  EXPECT_EQ(keys_list(options), exit_ok);
  EXPECT_THAT(seen, testing::ElementsAre("before keys.add key:acme/payments",
                                         "after keys.add key:acme/payments true",
                                         "before keys.add key:acme/payments",
                                         "after keys.add key:acme/payments false",
                                         "before keys.list keyring:" + options.keyring,
                                         "after keys.list keyring:" + options.keyring + " true"));
}

TEST_F(gates, that_refuse_leave_the_keyring_as_it_was) {
  EXPECT_EQ(keys_add(options), exit_ok);
  const auto before = tests::read_file(options.keyring);
  watch(false);
  options.version = std::string(32, '0');
  for (const auto verb : {keys_init, keys_list, keys_add, keys_rotate, keys_promote, keys_disable,
                          keys_enable, keys_destroy, keys_export_recipient, keys_rewrap})
    EXPECT_EQ(verb(options), exit_failed);
  options.subject = "alice";
  EXPECT_EQ(keys_destroy(options), exit_failed);
  EXPECT_EQ(tests::read_file(options.keyring), before);
  // Each verb of the table was asked about, and no other.
  std::set<std::string> asked;
  for (const auto& call : seen)
    asked.insert(call.substr(7, call.find(' ', 7) - 7));
  EXPECT_EQ(asked, std::set<std::string>(keys_verbs.begin(), keys_verbs.end()));
  EXPECT_TRUE(std::none_of(seen.begin(), seen.end(), [](const auto& call) {
    return call.starts_with("after") || call.find("alice") != std::string::npos;
  }));
}

} // namespace
} // namespace lepton::cli
