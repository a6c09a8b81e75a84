#pragma once

#include "crypto/token/access_token.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/lepton_process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace lepton::tests {

using texts = std::vector<std::string>;

/// An access control folder with a keyring beside it. What every command says is searched for keys
/// and tokens at the end.
class access_folder : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(run({"access", "init", folder_of_access, "--cluster", "test"}).status.ok());
    custodian = token("carol", "key-custodian");
    ASSERT_TRUE(run({"keys", "init", "--generate-key-file"}, custodian).status.ok());
    ASSERT_TRUE(run({"keys", "add", "payments"}, custodian).status.ok());
  }
  void TearDown() override {
    using testing::HasSubstr;
    using testing::Not;
    const auto log = read_file(audit_log());
    for (const auto& name : {"issuer.key", "audit/audit.key"}) {
      const auto key = read_file(std::filesystem::path{folder_of_access} / name).substr(10, 40);
      EXPECT_THAT(said, Not(HasSubstr(key))) << name;
      EXPECT_THAT(log, Not(HasSubstr(key))) << name;
    }
    for (const auto& one : tokens) {
      EXPECT_THAT(said, Not(HasSubstr(one.substr(10, 60))));
      EXPECT_THAT(log, Not(HasSubstr(one.substr(10, 60))));
    }
    const auto root = read_file(folder / "root.key");
    EXPECT_EQ(said.find(root), std::string::npos);
  }

  /// The environment of a caller with `token`.
  std::vector<std::pair<std::string, std::string>> as(const std::string& token) const {
    return {{"LEPTON_ACCESS", folder_of_access},
            {"LEPTON_TOKEN", token},
            {"LEPTON_KEYRING", keyring},
            {"LEPTON_KEYRING_KEY_FILE", (folder / "root.key").string()}};
  }
  finished_process run(texts arguments, const std::string& token = "") {
    auto done = run_lepton(std::move(arguments), as(token));
    said += done.standard_output + done.standard_error;
    return done;
  }
  /// A token as `lepton token issue` prints it.
  std::string token(const std::string& subject, const std::string& role, texts more = {}) {
    texts arguments{"token", "issue", "--subject", subject, "--role", role};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = run_lepton(arguments, as(""));
    EXPECT_TRUE(done.status.ok()) << done.standard_error;
    tokens.push_back(done.standard_output.substr(0, done.standard_output.find('\n')));
    return tokens.back();
  }
  /// A token that the command would not issue.
  std::string signed_token(const crypto::principal& who, const crypto::token_binding& binding,
                           crypto::utc_seconds at) {
    const auto key = crypto::signing_key::load(folder_of_access + "/issuer.key");
    tokens.push_back(crypto::issue_token(*key, who, binding, std::chrono::minutes{15}, at)->text);
    return tokens.back();
  }
  static std::string id_of(const std::string& token) { return crypto::read_unverified(token)->id; }

  std::string audit_log() const { return folder_of_access + "/audit/audit.log"; }
  /// The entries, oldest first, as "RESULT VERB RESOURCE by ACTOR".
  texts entries() {
    texts out;
    std::istringstream lines{run({"audit", "show", "--json"}).standard_output};
    for (std::string line; std::getline(lines, line);) {
      const auto entry = nlohmann::json::parse(line);
      out.push_back(fmt::format("{} {} {} by {}", entry.at("result").get<std::string>(),
                                entry.at("verb").get<std::string>(),
                                entry.at("resource").get<std::string>(),
                                entry.at("actor").get<std::string>()));
    }
    return out;
  }
  bool has_entry(const std::string& text) {
    const auto all = entries();
    return std::find(all.begin(), all.end(), text) != all.end();
  }
  void set_rules(const std::string& rules) const {
    std::ofstream{folder_of_access + "/policy.json"} << "{\"rules\": [" << rules << "]}\n";
  }

  temp_dir folder{"access"};
  std::string folder_of_access = (folder / "access").string();
  std::string keyring = (folder / "keyring").string();
  std::string custodian; ///< token of carol
  std::string said;      ///< by all commands but `token issue`
  texts tokens;
};

/// A page as curl gets it.
struct page {
  int status = 0;
  std::string body;
};

/// `lepton run --http` and its pages.
class running_server {
public:
  running_server(process_options options, std::string authority)
      : authority_{std::move(authority)}, process_{std::move(options)} {
    const std::string before = "serving metrics and health on ";
    EXPECT_TRUE(eventually(std::chrono::seconds{30}, [&] {
      const auto text = process_.standard_error();
      const auto at = text.find(before);
      const auto end = at == std::string::npos ? at : text.find('\n', at);
      if (end == std::string::npos)
        return false;
      url_ = text.substr(at + before.size(), end - at - before.size());
      return true;
    })) << process_.standard_error();
  }

  page get(const std::string& path, const std::string& token = "") const {
    process_options curl;
    curl.program = "curl";
    curl.arguments = {"-s", "-w", "\n%{http_code}", url_ + path};
    if (!authority_.empty())
      curl.arguments.insert(curl.arguments.end(), {"--cacert", authority_});
    if (!token.empty())
      curl.arguments.insert(curl.arguments.end(), {"-H", "Authorization: Bearer " + token});
    const auto done = run_process(curl, std::chrono::seconds{20}).standard_output;
    const auto end = done.rfind('\n');
    return {std::stoi(done.substr(end + 1)), done.substr(0, end)};
  }
  lepton::tests::process& process() noexcept { return process_; }

private:
  std::string authority_;
  lepton::tests::process process_;
  std::string url_;
};

} // namespace lepton::tests
