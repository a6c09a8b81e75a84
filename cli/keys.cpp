#include "cli/keys.hpp"

#include "cli/exit_codes.hpp"
#include "cli/keys_steps.hpp"
#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/live_keyring.hpp"
#include "crypto/keyring/subject_keys.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <optional>

namespace lepton::cli {

namespace {

using core::errc;
using core::error;
using crypto::keyring_file;
using json = nlohmann::ordered_json;

std::string name_of(const keys_command& options) {
  return crypto::display_name(options.name, options.tenant);
}

crypto::kdf_parameters kdf_of(const keys_command& options) {
  if (options.kdf == "interactive")
    return crypto::kdf_parameters::interactive();
  return options.kdf == "sensitive" ? crypto::kdf_parameters::sensitive()
                                    : crypto::kdf_parameters::moderate();
}

/// The id after --version, if there is one.
core::result<std::optional<crypto::key_id>> version_of(const keys_command& options) {
  if (options.version.empty())
    return std::optional<crypto::key_id>{};
  const auto id = crypto::key_id_from_hex(options.version);
  if (!id)
    return error{errc::invalid_argument,
                 fmt::format("'{}' is no version: give the 32 hexadecimal digits that `lepton keys "
                             "list` shows",
                             options.version)};
  return id;
}

/// Tells the user what a change of one key led to.
void print_change(const keys_command& options, const keyring_file& file,
                  const std::optional<crypto::key_id>& version, const std::string& said) {
  if (!options.json) {
    fmt::print("{}: {} (keyring version {})\n", name_of(options), said, file.version());
    return;
  }
  json out{{"name", options.name}, {"tenant", options.tenant}};
  const auto* key = file.keys().find(options.name, options.tenant);
  const auto* one = key && version ? key->version(*version) : nullptr;
  if (one) {
    out["version"] = crypto::to_hex(*version);
    out["state"] = crypto::name(one->state);
  }
  out["keyring_version"] = file.version();
  fmt::print("{}\n", out.dump());
}

using change = std::function<core::result<crypto::key_id>(crypto::keyring&)>;

/// Changes one key of the keyring under the gate and the lock; `say` words the success.
int change_key(const keys_command& options, std::string_view verb, const change& does,
               const std::function<std::string(const crypto::key_id&)>& say) {
  return gated(verb, "key:" + name_of(options), options, [&]() -> core::result<void> {
    auto file = open_keyring_file(options);
    if (!file)
      return file.error();
    crypto::key_id id{};
    LEPTON_TRY(file->update([&](crypto::keyring& keys) -> core::result<void> {
      const auto done = does(keys);
      if (!done)
        return done.error();
      id = *done;
      return {};
    }));
    print_change(options, *file, id, say(id));
    return {};
  });
}

/// A change of the version that is named, or of all.
int change_versions(
    const keys_command& options, std::string_view verb,
    const std::function<core::result<void>(crypto::keyring&, const std::optional<crypto::key_id>&)>&
        does,
    const std::string& said) {
  const auto version = version_of(options);
  if (!version)
    return fail(version.error(), exit_usage);
  return change_key(
      options, verb,
      [&](crypto::keyring& keys) -> core::result<crypto::key_id> {
        LEPTON_TRY(does(keys, *version));
        return version->value_or(crypto::key_id{});
      },
      [&](const crypto::key_id&) {
        return *version ? fmt::format("version {} is {}", options.version, said)
                        : fmt::format("all its versions are {}", said);
      });
}

/// Asks for the name of what is to be destroyed, unless --yes.
core::result<void> confirm(const keys_command& options) {
  if (options.yes)
    return {};
  const auto what = options.subject.empty() ? name_of(options) : options.subject;
  const auto answer = ask_on_terminal(fmt::format(
      "What was sealed with it can never be read again. Type '{}' to destroy it: ", what));
  if (!answer)
    return error{errc::invalid_argument, answer.error().message() + "; say --yes"};
  if (*answer != what)
    return error{errc::cancelled, "that is another name; nothing was destroyed"};
  return {};
}

core::result<void> destroy_subject(const keys_command& options) {
  auto secret = read_keyring_secret(options.secret, options.keyring);
  if (!secret)
    return secret.error();
  auto keyring = crypto::live_keyring::open(options.keyring, std::move(*secret));
  if (!keyring)
    return keyring.error();
  auto subjects = crypto::subject_keys::open(**keyring);
  if (!subjects)
    return subjects.error();
  const auto done = (*subjects)->destroy(options.name, options.tenant, options.subject);
  if (!done)
    return done.error();
  if (!*done)
    return error{errc::not_found, fmt::format("key '{}' has no key for this subject, or it was "
                                              "destroyed before",
                                              name_of(options))};
  if (options.json)
    fmt::print("{}\n", json{{"name", options.name},
                            {"tenant", options.tenant},
                            {"subject", options.subject},
                            {"state", "destroyed"}}
                           .dump(-1, ' ', false, json::error_handler_t::replace));
  else
    fmt::print("{}: the key of subject '{}' is destroyed\n", name_of(options), options.subject);
  return {};
}

core::result<void> make_key_file(const keys_command& options, const keyring_secret& where) {
  if (!options.generate_key_file)
    return {};
  if (where.key_file.empty())
    return error{errc::invalid_argument, "--generate-key-file needs the path of the key file"};
  return crypto::generate_key_file(where.key_file);
}

core::result<void> init(const keys_command& options) {
  // First: nobody should be asked, or find a new key file, for nothing.
  if (crypto::stamp_of(options.keyring) != crypto::file_stamp{})
    return error{errc::invalid_argument,
                 fmt::format("cannot create {}: File exists", options.keyring)};
  const auto where = options.secret.empty() ? keyring_secret_from_environment() : options.secret;
  if (!where)
    return where.error();
  LEPTON_TRY(make_key_file(options, *where));
  auto secret = read_new_keyring_secret(*where, options.keyring);
  if (!secret)
    return secret.error();
  const auto origin = secret->origin();
  const auto file = keyring_file::create(options.keyring, std::move(*secret), kdf_of(options));
  if (!file)
    return file.error();
  if (options.json)
    fmt::print("{}\n", json{{"keyring", file->path()},
                            {"id", crypto::to_hex(file->keys().id())},
                            {"keyring_version", file->version()}}
                           .dump());
  else
    fmt::print("{}: made, opens with {}; `lepton keys add NAME` adds a key\n", file->path(),
               origin);
  return {};
}

core::result<void> rewrap(const keys_command& options) {
  LEPTON_TRY(make_key_file(options, options.new_secret));
  auto file = open_keyring_file(options);
  if (!file)
    return file.error();
  auto secret = read_new_keyring_secret(options.new_secret, options.keyring);
  if (!secret)
    return secret.error();
  const auto origin = secret->origin();
  LEPTON_TRY(file->rewrap(std::move(*secret), kdf_of(options)));
  if (options.json)
    fmt::print("{}\n",
               json{{"keyring", file->path()}, {"keyring_version", file->version()}}.dump());
  else
    fmt::print("{}: opens with {} from now on (keyring version {})\n", file->path(), origin,
               file->version());
  return {};
}

} // namespace

int keys_init(const keys_command& options) {
  return gated("keys.init", keyring_resource(options), options, [&] { return init(options); });
}

int keys_add(const keys_command& options) {
  return change_key(
      options, "keys.add",
      [&](crypto::keyring& keys) { return keys.add(options.name, options.tenant, now_ms()); },
      [](const auto& id) {
        return fmt::format("added; version {} is primary", crypto::to_hex(id));
      });
}

int keys_rotate(const keys_command& options) {
  return change_key(
      options, "keys.rotate",
      [&](crypto::keyring& keys) { return keys.rotate(options.name, options.tenant, now_ms()); },
      [](const auto& id) {
        return fmt::format("version {} is pending; `lepton keys promote` lets it seal, in {} s or "
                           "later",
                           crypto::to_hex(id), crypto::keyring::min_pending_age.count());
      });
}

int keys_promote(const keys_command& options) {
  return change_key(
      options, "keys.promote",
      [&](crypto::keyring& keys) {
        return keys.promote(options.name, options.tenant, now_ms(), options.at_once);
      },
      [](const auto& id) { return fmt::format("version {} is primary", crypto::to_hex(id)); });
}

int keys_disable(const keys_command& options) {
  return change_versions(
      options, "keys.disable",
      [&](crypto::keyring& keys, const auto& version) {
        return keys.disable(options.name, options.tenant, version, now_ms());
      },
      "disabled");
}

int keys_enable(const keys_command& options) {
  if (options.version.empty())
    return fail({errc::invalid_argument, "name the version with --version"}, exit_usage);
  return change_versions(
      options, "keys.enable",
      [&](crypto::keyring& keys, const auto& version) -> core::result<void> {
        return keys.enable(options.name, options.tenant, *version, now_ms());
      },
      "enabled");
}

int keys_destroy(const keys_command& options) {
  if (auto sure = confirm(options); !sure)
    return fail(sure.error(), exit_failed);
  if (!options.subject.empty())
    return gated("keys.destroy_subject", "key:" + name_of(options), options,
                 [&] { return destroy_subject(options); });
  return change_versions(
      options, "keys.destroy",
      [&](crypto::keyring& keys, const auto& version) {
        return keys.destroy(options.name, options.tenant, version, now_ms());
      },
      "destroyed");
}

int keys_rewrap(const keys_command& options) {
  return gated("keys.rewrap", keyring_resource(options), options, [&] { return rewrap(options); });
}

} // namespace lepton::cli
