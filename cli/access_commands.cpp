#include "cli/access_commands.hpp"

#include "cli/exit_codes.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

namespace lepton::cli {

namespace {

using command_function = int (*)(const access_command&);

/// Adds commands that fill one `access_command`.
class access_line {
public:
  access_line(const access_options& common, std::function<void(std::function<int()>)> choose)
      : choose_{std::move(choose)} {
    options_->common = &common;
  }

  CLI::App& add(CLI::App& to, const char* name, const char* help, command_function does) {
    auto* sub = to.add_subcommand(name, help);
    sub->callback([options = options_, choose = choose_, does] {
      choose([options, does] { return does(*options); });
    });
    sub->add_flag("--json", options_->json, "Print JSON");
    return *sub;
  }
  access_command& options() { return *options_; }

private:
  std::function<void(std::function<int()>)> choose_;
  std::shared_ptr<access_command> options_ = std::make_shared<access_command>();
};

CLI::App& add_group(CLI::App& app, const char* name, const char* help) {
  auto* group = app.add_subcommand(name, help);
  group->require_subcommand(1);
  group->footer(
      "--access FOLDER and --token-file FILE go with every command; docs/access.md explains "
      "access control.");
  return *group;
}

void add_init(CLI::App& app, access_line& line) {
  auto& group = add_group(app, "access", "Set up access control");
  auto& init =
      line.add(group, "init", "Make the folder with issuer key, policy and audit log", access_init);
  init.add_option("folder", line.options().new_folder, "Folder to make")->required();
  init.add_option("--cluster", line.options().cluster,
                  "Id that tokens are bound to (default: a random one)");
}

void add_tokens(CLI::App& app, access_line& line) {
  auto& group = add_group(app, "token", "Issue, look at and revoke access tokens");
  auto& to = line.options();
  auto& issue = line.add(group, "issue", "Print a new token", token_issue);
  issue.add_option("--subject", to.subject, "Name of the person or service")->required();
  issue.add_option("--role", to.roles, "viewer, operator, key-custodian or admin; may be repeated");
  issue.add_option("--tenant", to.tenant, "Only for what belongs to this tenant");
  issue.add_option("--ttl", to.lifetime, "How long it counts (default 15m)");
  issue.add_flag("--long-lived", to.long_lived, "Allow a --ttl above 15m, up to 24h");
  issue.add_option("--curve-key", to.curve_key,
                   "Only for the client with this CURVE key (40 characters, Z85)");
  auto& inspect =
      line.add(group, "inspect", "Show what a token says and whether it counts", token_inspect);
  inspect.add_option("token", to.token,
                     "The token; - reads standard input (default: LEPTON_TOKEN)");
  inspect.add_option("--curve-key", to.curve_key, "As for a client with this CURVE key");
  auto& revoke =
      line.add(group, "revoke", "Make a token, or all of a subject, count no longer", token_revoke);
  auto* one = revoke.add_option("token", to.token, "Id of the token, the token, or - for stdin");
  revoke.add_option("--subject", to.subject, "All tokens of this subject issued until now")
      ->excludes(one);
}

void add_audit(CLI::App& app, access_line& line) {
  auto& group = add_group(app, "audit", "Verify and show the audit log");
  auto& to = line.options();
  auto& verify = line.add(group, "verify", "Find out whether the log was changed", audit_verify);
  verify.add_option("--log", to.log_folder, "Folder of the log (default: audit below --access)");
  verify.add_option("--anchor", to.anchor, "A head that `show --head` printed earlier");
  verify.add_option("--key", to.keys_file, "File of the public keys (default: audit.pub in it)");
  verify.add_flag("--partial", to.partial, "Earlier files of the log may be missing");
  auto& show = line.add(group, "show", "Print the entries", audit_show);
  show.add_option("--log", to.log_folder, "Folder of the log (default: audit below --access)");
  show.add_flag("--head", to.head, "Print where the log ends, to keep elsewhere");
  show.add_option("--since", to.since, "From this time on: 2026-11-25T07:05:00Z, or an age: 1h");
  show.add_option("--verb", to.verb, "Only this verb; * stands for any letters");
  show.add_option("--actor", to.actor, "Only this actor; * stands for any letters");
}

} // namespace

int report(const core::error& failure) {
  fmt::print(stderr, "lepton: {}\n", failure.message());
  return failure.code() == core::errc::invalid_argument ? exit_usage : exit_failed;
}

void complete(access_options& options) {
  if (const char* set = std::getenv("LEPTON_ACCESS"); set && options.folder.empty())
    options.folder = set;
}

void add_access(CLI::App& app, access_options& common,
                std::function<void(std::function<int()>)> choose) {
  app.add_option("--access", common.folder,
                 "Folder of the access control (else LEPTON_ACCESS; default: none)");
  app.add_option("--token-file", common.token_file,
                 "File whose first line is the caller's token (else LEPTON_TOKEN)");
  // Each group has its own `access_command`, which lives as long as its callbacks.
  access_line init{common, choose};
  add_init(app, init);
  access_line tokens{common, choose};
  add_tokens(app, tokens);
  access_line audit{common, choose};
  add_audit(app, audit);
}

} // namespace lepton::cli
