#include "cli/keys.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>

namespace lepton::cli {

namespace {

using verb = int (*)(const keys_command&);

/// Adds the verbs, which all fill the same `keys_command`.
class keys_line {
public:
  keys_line(CLI::App& keys, std::function<void(std::function<int()>)> choose)
      : keys_{keys}, choose_{std::move(choose)} {}

  CLI::App& add(const char* name, const char* help, verb does) {
    auto* sub = keys_.add_subcommand(name, help);
    sub->callback([options = options_, choose = choose_, does] {
      if (const char* path = std::getenv("LEPTON_KEYRING"); path && options->keyring.empty())
        options->keyring = path;
      choose([options, does] { return does(*options); });
    });
    sub->add_option("--keyring", options_->keyring, "The keyring file (else LEPTON_KEYRING)");
    add_secret(*sub, "", options_->secret);
    sub->add_flag("--json", options_->json, "Print JSON");
    return *sub;
  }

  CLI::App& add_for_key(const char* name, const char* help, verb does) {
    auto& sub = add(name, help, does);
    sub.add_option("name", options_->name, "Name of the key")->required();
    sub.add_option("--tenant", options_->tenant, "Tenant that the key belongs to");
    return sub;
  }

  CLI::Option* add_version(CLI::App& sub, const char* help) {
    return sub.add_option("--version", options_->version, help);
  }

  void add_secret(CLI::App& sub, const std::string& which, keyring_secret& into) {
    auto* passphrase =
        sub.add_option("--" + which + "passphrase-file", into.passphrase_file,
                       "File whose first line is the passphrase; only its owner may read it");
    auto* key = sub.add_option("--" + which + "key-file", into.key_file,
                               "File of 32 or more random bytes; only its owner may read it");
    auto* credential = sub.add_option("--" + which + "credential", into.credential,
                                      "Name of a systemd credential that holds a key file");
    passphrase->excludes(key)->excludes(credential);
    key->excludes(credential);
  }

  void add_protection(CLI::App& sub) {
    sub.add_option("--kdf", options_->kdf,
                   "Work to guess the passphrase: interactive (64 MiB), moderate (256 MiB) or "
                   "sensitive (1 GiB)")
        ->check(CLI::IsMember({"interactive", "moderate", "sensitive"}));
    sub.add_flag("--generate-key-file", options_->generate_key_file,
                 "Make the key file that is named, with mode 0400");
  }

  keys_command& options() { return *options_; }

private:
  CLI::App& keys_;
  std::function<void(std::function<int()>)> choose_;
  std::shared_ptr<keys_command> options_ = std::make_shared<keys_command>();
};

void add_changes(keys_line& line) {
  line.add_for_key("add", "Add a key; its first version seals at once", keys_add);
  line.add_for_key("rotate", "Give a key a new version, pending until it is promoted", keys_rotate);
  auto& promote =
      line.add_for_key("promote", "Let the pending version seal from now on", keys_promote);
  promote.add_flag("--now", line.options().at_once,
                   "Even if it is younger than 60 s: other processes may not know it yet");
  auto& disable =
      line.add_for_key("disable", "Stop a version, or all, from opening and sealing", keys_disable);
  line.add_version(disable, "Id of the version (default: all that may open)");
  auto& enable = line.add_for_key("enable", "Let a disabled version open again", keys_enable);
  line.add_version(enable, "Id of the version");
  auto& destroy = line.add_for_key(
      "destroy", "Make all that was sealed with a key, version or subject unreadable for ever",
      keys_destroy);
  auto* version =
      line.add_version(destroy, "Id of the version (default: the whole key with its subjects)");
  destroy.add_option("--subject", line.options().subject, "Only this subject's key")
      ->excludes(version);
  destroy.add_flag("--yes", line.options().yes, "Do not ask for the name again");
}

} // namespace

void add_keys(CLI::App& app, std::function<void(std::function<int()>)> choose) {
  auto* keys = app.add_subcommand("keys", "Make and administer the keys that payloads are sealed "
                                          "with");
  keys->require_subcommand(1);
  keys->footer("Without --passphrase-file, --key-file or --credential the environment is asked\n"
               "(LEPTON_KEYRING_PASSPHRASE_FILE, _KEY_FILE, _CREDENTIAL), then the terminal.\n"
               "docs/keys.md explains states and rotation.");
  keys_line line{*keys, std::move(choose)};
  line.add_protection(line.add("init", "Make a keyring", keys_init));
  line.add("list", "Show keys, versions and states; never a key", keys_list);
  add_changes(line);
  line.add("export-recipient", "Print the public identity that others seal for, or trust",
           keys_export_recipient);
  auto& rewrap = line.add("rewrap",
                          "Change the passphrase, key file or work of the keyring; the "
                          "keys stay",
                          keys_rewrap);
  line.add_secret(rewrap, "new-", line.options().new_secret);
  line.add_protection(rewrap);
}

} // namespace lepton::cli
