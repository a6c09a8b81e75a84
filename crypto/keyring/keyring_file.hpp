#pragma once

#include "core/result.hpp"
#include "crypto/keyring/keyring.hpp"
#include "crypto/keyring/keyring_format.hpp"
#include "crypto/keyring/root_secret.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace lepton::crypto {

/// Tells one state of a file, its mode and owner from another without reading it.
struct file_stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = -1;
  std::int64_t changed_ns = 0;
  bool operator==(const file_stamp&) const = default;
};

/// Of the file at `path` now; as constructed if there is none.
file_stamp stamp_of(const std::string& path);

/// A keyring in its file: opens, changes and saves it. Keeps the root secret in locked memory, so
/// that a changed file opens again without the slow derivation. One thread at a time; several
/// processes may change the same file. Every error names the path and what to do.
class keyring_file {
public:
  /// A new keyring with an identity and no keys. Fails if there is a file.
  static core::result<keyring_file> create(std::string path, root_material material,
                                           const kdf_parameters& kdf);
  /// Opens; refuses an older version than one seen before.
  static core::result<keyring_file> open(std::string path, root_material material);
  /// The header of the file alone, which needs no secret: to learn what to ask for.
  static core::result<keyring_header> read_header(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  const crypto::keyring& keys() const noexcept { return keys_; }
  std::uint64_t version() const noexcept { return keys_.version(); }
  const keyring_header& header() const noexcept { return header_; }

  /// Reads the file again if it changed since; true if it did. On failure all is as before.
  core::result<bool> reload();
  /// Takes the lock, reads the newest state, applies `change` to it and saves it as one version
  /// more. If `change` fails nothing is written.
  core::result<void> update(const std::function<core::result<void>(crypto::keyring&)>& change);
  /// The same keys under another secret, or with other parameters.
  core::result<void> rewrap(root_material material, const kdf_parameters& kdf);

private:
  struct loaded;

  keyring_file(std::string path, root_material material)
      : path_{std::move(path)}, material_{std::move(material)} {}

  core::result<loaded> load() const;
  core::result<loaded> load_once() const;
  core::result<secret> root_for(const keyring_header& header) const;
  void adopt(loaded&& state);
  core::result<void> save(crypto::keyring keys, keyring_header like, secret root);
  core::error in_file(const core::error& failure) const;

  std::string path_;
  root_material material_;
  secret root_;
  keyring_header header_;
  file_stamp stamp_;
  crypto::keyring keys_;
};

} // namespace lepton::crypto
