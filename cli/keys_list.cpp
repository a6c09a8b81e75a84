#include "cli/exit_codes.hpp"
#include "cli/keys.hpp"
#include "cli/keys_steps.hpp"
#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/subject_store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>

namespace lepton::cli {

namespace {

using json = nlohmann::ordered_json;

std::string utc(std::int64_t unix_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(unix_ms / 1000)));
}

json key_json(const crypto::named_key& key) {
  json versions = json::array();
  for (const auto& one : key.versions)
    versions.push_back({{"id", crypto::to_hex(one.id)},
                        {"state", crypto::name(one.state)},
                        {"created", utc(one.created_ms)},
                        {"changed", utc(one.changed_ms)}});
  return {{"name", key.name}, {"tenant", key.tenant}, {"versions", versions}};
}

/// How many subjects have, or had, a key.
core::result<std::size_t> subjects_of(const crypto::keyring_file& file) {
  const auto store = crypto::subject_store::open(file.path() + ".subjects", file.keys().id());
  if (!store)
    return store.error();
  return store->size();
}

void print_json(const crypto::keyring_file& file, std::size_t subjects) {
  json keys = json::array();
  for (const auto& key : file.keys().keys())
    keys.push_back(key_json(key));
  const auto& header = file.header();
  json protection{{"by", "key_file"}};
  if (header.kind == crypto::root_kind::passphrase)
    protection = {{"by", "passphrase"},
                  {"kdf", "argon2id"},
                  {"passes", header.kdf.passes},
                  {"memory_bytes", header.kdf.memory}};
  fmt::print("{}\n", json{{"keyring", file.path()},
                          {"id", crypto::to_hex(file.keys().id())},
                          {"keyring_version", file.version()},
                          {"protection", protection},
                          {"subjects", subjects},
                          {"keys", keys}}
                         .dump());
}

void print_text(const crypto::keyring_file& file, std::size_t subjects) {
  std::size_t width = 4;
  for (const auto& key : file.keys().keys())
    width = std::max(width, crypto::display_name(key.name, key.tenant).size());
  fmt::print("{:<{}}  {:<32}  {:<9}  {:<20}  {}\n", "KEY", width, "VERSION", "STATE", "CREATED",
             "CHANGED");
  for (const auto& key : file.keys().keys())
    for (const auto& one : key.versions)
      fmt::print("{:<{}}  {}  {:<9}  {}  {}\n", crypto::display_name(key.name, key.tenant), width,
                 crypto::to_hex(one.id), crypto::name(one.state), utc(one.created_ms),
                 utc(one.changed_ms));
  const auto count = file.keys().keys().size();
  fmt::print("{} key{}, {} subject{}, keyring version {}\n", count, count == 1 ? "" : "s", subjects,
             subjects == 1 ? "" : "s", file.version());
}

} // namespace

int keys_list(const keys_command& options) {
  return gated("keys.list", keyring_resource(options), options, [&]() -> core::result<void> {
    const auto file = open_keyring_file(options);
    if (!file)
      return file.error();
    const auto subjects = subjects_of(*file);
    if (!subjects)
      return subjects.error();
    options.json ? print_json(*file, *subjects) : print_text(*file, *subjects);
    return {};
  });
}

int keys_export_recipient(const keys_command& options) {
  const auto resource = keyring_resource(options);
  return gated("keys.export_recipient", resource, options, [&]() -> core::result<void> {
    const auto file = open_keyring_file(options);
    if (!file)
      return file.error();
    const auto text = crypto::public_text(*file->keys().own_identity());
    if (options.json)
      fmt::print("{}\n", json{{"recipient", text}}.dump());
    else
      fmt::print("{}\n", text);
    return {};
  });
}

} // namespace lepton::cli
