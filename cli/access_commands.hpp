#pragma once

#include "core/result.hpp"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lepton::cli {

/// Options that stand before or after any command.
struct access_options {
  std::string folder;     ///< --access, else $LEPTON_ACCESS; empty: no access control
  std::string token_file; ///< --token-file
};

/// Takes the folder from the environment if the command line gave none.
void complete(access_options& options);

/// What `lepton access init`, `token` and `audit` were called with.
struct access_command {
  const access_options* common = nullptr; ///< outlives the command
  bool json = false;
  std::string new_folder; ///< access init
  std::string cluster;
  std::string subject;            ///< token issue, revoke
  std::vector<std::string> roles; ///< token issue
  std::string tenant;
  std::string lifetime = "15m";
  bool long_lived = false;
  std::string curve_key;
  std::string token;      ///< token inspect, revoke: text or id
  std::string log_folder; ///< audit: instead of the one below --access
  std::string anchor;     ///< audit verify
  std::string keys_file;
  bool partial = false;
  bool head = false; ///< audit show
  std::string since;
  std::string verb;
  std::string actor;
};

/// Says why a command failed; gives its exit code.
int report(const core::error& failure);

// One function for each command; each returns the exit code of the process.

int access_init(const access_command& options);
int token_issue(const access_command& options);
int token_inspect(const access_command& options);
int token_revoke(const access_command& options);
int audit_verify(const access_command& options);
int audit_show(const access_command& options);

/// Adds --access, --token-file, and the commands. `choose` gets what to run if one was given.
void add_access(CLI::App& app, access_options& common,
                std::function<void(std::function<int()>)> choose);

} // namespace lepton::cli
