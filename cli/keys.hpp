#pragma once

#include "cli/keyring_secret.hpp"

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace lepton::cli {

/// What `lepton keys VERB` was called with.
struct keys_command {
  std::string keyring; ///< path of the file
  keyring_secret secret;
  keyring_secret new_secret;      ///< rewrap
  std::string kdf = "moderate";   ///< init, rewrap: interactive, moderate or sensitive
  bool generate_key_file = false; ///< init, rewrap: make the key file that is named
  std::string name;
  std::string tenant;
  std::string version;  ///< hexadecimal id; empty: see the verb
  std::string subject;  ///< destroy
  bool at_once = false; ///< promote --now
  bool yes = false;     ///< destroy without asking
  bool json = false;
};

/// Every verb that the gate is asked about.
inline constexpr std::array<std::string_view, 11> keys_verbs{
    "keys.init",    "keys.list",   "keys.add",     "keys.rotate",          "keys.promote",
    "keys.disable", "keys.enable", "keys.destroy", "keys.destroy_subject", "keys.export_recipient",
    "keys.rewrap"};

// One function for each verb; each returns the exit code of the process.

int keys_init(const keys_command& options);
int keys_list(const keys_command& options);
int keys_add(const keys_command& options);
int keys_rotate(const keys_command& options);
int keys_promote(const keys_command& options);
int keys_disable(const keys_command& options);
int keys_enable(const keys_command& options);
int keys_destroy(const keys_command& options);
int keys_export_recipient(const keys_command& options);
int keys_rewrap(const keys_command& options);

/// Adds `keys` with its verbs to the command line. `choose` gets what to run if one was given.
void add_keys(CLI::App& app, std::function<void(std::function<int()>)> choose);

} // namespace lepton::cli
