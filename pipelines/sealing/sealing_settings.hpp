#pragma once

#include "core/catalog.hpp"
#include "core/component_spec.hpp"
#include "core/diagnostics.hpp"
#include "core/sealing.hpp"
#include "core/value.hpp"

#include <optional>
#include <string>

namespace lepton::pipelines {

/// `settings.keyring`: where the pipeline's keys are and how they are unlocked.
struct keyring_settings {
  std::string path;       ///< absolute, or from the working directory
  std::string passphrase; ///< at most one of the three is set
  std::string key_file;
  std::string credential; ///< name of a systemd credential
  bool strict = false;    ///< refuse to run where memory cannot be locked
  std::string tenant;     ///< of everything that is sealed, unless a component says otherwise
};

/// `encrypt:` of a sink.
struct output_sealing {
  core::seal_options options;
  std::string stream; ///< what both sides call the stream
  bool per_batch = true;
  bool bind_partition = true; ///< where Lepton chooses the partition
  bool hash_key = false;      ///< the record's key is written as a keyed hash
};

/// `decrypt:` of a source.
struct input_opening {
  core::open_options options;
  std::string stream; ///< empty: the topic of each record
  bool accept_clear = false;
};

core::field_spec keyring_field(); ///< below `settings`
core::field_spec encrypt_field(); ///< of every sink that encodes
core::field_spec decrypt_field(); ///< of every source with `decode`

/// Reads `settings.keyring` after its check; paths start at `directory`. Reports if not exactly one
/// thing unlocks it.
keyring_settings read_keyring(const core::config& keyring, const std::string& directory,
                              core::diagnostics& findings);

/// Whose `encrypt` or `decrypt` it is.
struct sealing_owner {
  const std::string& component;
  const std::string& pipeline;
  const std::optional<keyring_settings>& keyring;
};

/// Reads `encrypt` after its check and reports what does not fit the sink or the file. Empty after
/// an error.
std::optional<output_sealing> read_encrypt(const core::config& encrypt,
                                           const core::bound_sink& sink, const sealing_owner& owner,
                                           core::diagnostics& findings);

/// The same for `decrypt`.
std::optional<input_opening> read_decrypt(const core::config& decrypt,
                                          const core::bound_source& source,
                                          const sealing_owner& owner, core::diagnostics& findings);

/// One line for `lepton plan`.
std::string note(const output_sealing& sealing);
std::string note(const input_opening& opening);

} // namespace lepton::pipelines
