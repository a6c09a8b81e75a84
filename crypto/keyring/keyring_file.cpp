#include "crypto/keyring/keyring_file.hpp"

#include "crypto/keyring/safe_file.hpp"
#include "crypto/keyring/seen_version.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr const char* what = "the keyring";
constexpr int max_tries = 5;

file_stamp stamp(const struct stat& found) {
  return {found.st_dev, found.st_ino, found.st_size,
          found.st_ctim.tv_sec * 1'000'000'000 + found.st_ctim.tv_nsec};
}

file_stamp stamp_of_open(int fd) {
  struct stat found{};
  return ::fstat(fd, &found) == 0 ? stamp(found) : file_stamp{};
}

/// The folder may change its meaning when the process changes its own.
std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto full = std::filesystem::absolute(path, failed);
  return failed ? path : full.string();
}

const char* name_of(root_kind kind) {
  return kind == root_kind::passphrase ? "a passphrase" : "a key file";
}

error in_keyring(const std::string& path, const error& failure) {
  return failure.with_context(fmt::format("keyring {}", path));
}

} // namespace

file_stamp stamp_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? stamp(found) : file_stamp{};
}

struct keyring_file::loaded {
  keyring_header header;
  file_stamp stamp;
  secret root; ///< empty: the one there is
  crypto::keyring keys;
};

core::error keyring_file::in_file(const core::error& failure) const {
  return in_keyring(path_, failure);
}

core::result<keyring_header> keyring_file::read_header(const std::string& path) {
  start_sodium();
  auto file = open_guarded(path, file_rule::owner_only, what);
  if (!file)
    return file.error();
  const auto bytes = read_all(file->get(), path, max_keyring_file);
  if (!bytes)
    return bytes.error();
  auto header = parse_keyring_header(*bytes);
  return header ? header : in_keyring(path, header.error());
}

core::result<keyring_file> keyring_file::create(std::string path, root_material material,
                                                const kdf_parameters& kdf) {
  start_sodium();
  keyring_file out{absolute(path), std::move(material)};
  keyring_header like;
  like.kind = out.material_.kind();
  if (like.kind == root_kind::passphrase)
    like.kdf = kdf;
  else
    like.kdf = {0, 0};
  randombytes_buf(like.salt.data(), like.salt.size());
  auto root = out.material_.derive(like.salt, like.kdf);
  if (!root)
    return out.in_file(root.error());
  like.version = 1;
  const auto file = seal_keyring(crypto::keyring::create(), like, *root);
  LEPTON_TRY(create_file(out.path_, file));
  // Reading it back proves that what lies on the disk opens.
  out.root_ = std::move(*root);
  out.header_ = like;
  auto state = out.load();
  if (!state)
    return state.error();
  out.adopt(std::move(*state));
  return out;
}

core::result<keyring_file> keyring_file::open(std::string path, root_material material) {
  start_sodium();
  keyring_file out{absolute(path), std::move(material)};
  auto state = out.load();
  if (!state)
    return state.error();
  out.adopt(std::move(*state));
  return out;
}

core::result<keyring_file::loaded> keyring_file::load() const {
  for (int tries = 1;; ++tries) {
    const auto before = stamp_of(path_);
    auto state = load_once();
    // A writer overwrites the old file as soon as the new one has its name.
    if (state || tries == max_tries || stamp_of(path_) == before)
      return state;
  }
}

core::result<keyring_file::loaded> keyring_file::load_once() const {
  auto file = open_guarded(path_, file_rule::owner_only, what);
  if (!file)
    return file.error();
  const auto bytes = read_all(file->get(), path_, max_keyring_file);
  if (!bytes)
    return bytes.error();
  const auto header = parse_keyring_header(*bytes);
  if (!header)
    return in_file(header.error());
  loaded out;
  out.header = *header;
  out.stamp = stamp_of_open(file->get());
  const bool known_root = !root_.empty() && header->same_root(header_);
  if (!known_root) {
    auto root = root_for(*header);
    if (!root)
      return in_file(root.error());
    out.root = std::move(*root);
  }
  auto keys = open_keyring(*bytes, *header, known_root ? root_ : out.root);
  if (!keys && keys.error().code() == errc::permission)
    return in_file(
        {errc::permission,
         fmt::format("{} is wrong, or the header of the file was changed", material_.origin())});
  if (!keys)
    return in_file(keys.error());
  if (auto newest = remember_version(path_, header->id, header->version); !newest)
    return in_file(newest.error());
  out.keys = std::move(*keys);
  return out;
}

core::result<secret> keyring_file::root_for(const keyring_header& header) const {
  if (header.kind != material_.kind())
    return error{errc::invalid_argument,
                 fmt::format("it is protected with {}, and {} was given", name_of(header.kind),
                             name_of(material_.kind()))};
  if (root_.empty())
    return material_.derive(header.salt, header.kdf);
  const auto again = material_.again();
  return again ? again->derive(header.salt, header.kdf) : again.error();
}

void keyring_file::adopt(loaded&& state) {
  if (!state.root.empty())
    root_ = std::move(state.root);
  header_ = state.header;
  stamp_ = state.stamp;
  keys_ = std::move(state.keys);
  material_.forget();
}

core::result<bool> keyring_file::reload() {
  if (stamp_of(path_) == stamp_)
    return false;
  auto state = load();
  if (!state)
    return state.error();
  adopt(std::move(*state));
  return true;
}

core::result<void>
keyring_file::update(const std::function<core::result<void>(crypto::keyring&)>& change) {
  const auto lock = file_lock::take(path_);
  if (!lock)
    return lock.error();
  if (auto newest = reload(); !newest)
    return newest.error();
  auto keys = keys_;
  LEPTON_TRY(change(keys));
  return save(std::move(keys), header_, secret::of(root_.bytes()));
}

core::result<void> keyring_file::rewrap(root_material material, const kdf_parameters& kdf) {
  const auto lock = file_lock::take(path_);
  if (!lock)
    return lock.error();
  if (auto newest = reload(); !newest)
    return newest.error();
  auto like = header_;
  like.kind = material.kind();
  like.kdf = like.kind == root_kind::passphrase ? kdf : kdf_parameters{0, 0};
  randombytes_buf(like.salt.data(), like.salt.size());
  auto root = material.derive(like.salt, like.kdf);
  if (!root)
    return in_file(root.error());
  auto old = std::exchange(material_, std::move(material));
  auto saved = save(keys_, like, std::move(*root));
  if (!saved)
    material_ = std::move(old);
  return saved;
}

core::result<void> keyring_file::save(crypto::keyring keys, keyring_header like, secret root) {
  like.version = header_.version + 1;
  LEPTON_TRY(replace_file(path_, seal_keyring(keys, like, root)));
  // Only now: whoever failed to save goes on with what is in the file.
  root_ = std::move(root);
  header_ = like;
  auto state = load();
  if (!state)
    return state.error();
  adopt(std::move(*state));
  return {};
}

} // namespace lepton::crypto
