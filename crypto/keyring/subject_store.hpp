#pragma once

#include "core/result.hpp"
#include "crypto/key_source.hpp"
#include "crypto/keyring/safe_file.hpp"

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lepton::crypto {

/// Stands for one subject in the store: a keyed hash, so that the file names nobody.
struct subject_tag {
  std::array<std::uint8_t, 16> bytes{};

  bool operator==(const subject_tag&) const = default;
  template <typename H>
  friend H AbslHashValue(H state, const subject_tag& tag) {
    // The bytes are a keyed hash already; any eight of them will do.
    std::uint64_t word;
    std::memcpy(&word, tag.bytes.data(), sizeof word);
    return H::combine(std::move(state), word);
  }
};

enum class subject_state : std::uint8_t { live = 1, destroyed = 2 };

/// The content of one record besides its tag: a 32-byte key, wrapped.
using wrapped_subject_key = std::array<std::uint8_t, 72>;

struct subject_record {
  subject_tag tag;
  subject_state state = subject_state::live;
  std::int64_t created_ms = 0;
  wrapped_subject_key wrapped{};
};

/// The file PATH.subjects: records of fixed size, appended under a lock and never moved;
/// destroying overwrites one in place. Keeps an index of about 45 bytes a subject in memory and
/// reads a record when it is asked for. Several processes may use the file; one thread at a time.
/// Wraps and unwraps nothing. docs/formats/keyring.md describes every byte.
class subject_store {
public:
  static constexpr std::size_t header_size = 64;
  static constexpr std::size_t record_size = 104;

  /// Opens the file and reads its index, about 0.2 s for a million; makes it on the first write.
  /// Fails (malformed) if it belongs to another keyring.
  static core::result<subject_store> open(std::string path, const key_id& keyring);

  /// Reads what other processes appended. Cheap (one fstat) if they did nothing.
  core::result<void> refresh();
  /// How often a subject was destroyed, as the file says now. Other processes see it grow.
  std::uint64_t destructions() const;
  std::size_t size() const noexcept { return index_.size(); }

  bool knows(const subject_tag& tag) const { return index_.contains(tag); }
  /// Empty if there is none.
  core::result<std::optional<subject_record>> read(const subject_tag& tag) const;
  /// Appends those that nobody else appended meanwhile, in one write that is on the disk on return.
  core::result<void> append(std::span<const subject_record> records);
  /// Overwrites the key; on the disk on return. False if there is no such subject or it was
  /// destroyed before.
  core::result<bool> destroy(const subject_tag& tag);

private:
  class hold;

  subject_store(std::string path, const key_id& keyring)
      : path_{std::move(path)}, keyring_{keyring} {}

  core::result<void> open_file(bool create);
  core::result<void> check_header() const;
  core::result<void> lock();
  void unlock() noexcept;
  core::result<void> write_records(std::span<const subject_record> records);
  core::result<bool> destroy_locked(const subject_tag& tag);
  std::size_t offset_of(std::uint32_t record) const noexcept {
    return header_size + std::size_t{record} * record_size;
  }

  std::string path_;
  key_id keyring_;
  owned_fd file_;
  std::uint32_t records_ = 0; ///< read so far
  absl::flat_hash_map<subject_tag, std::uint32_t> index_;
};

} // namespace lepton::crypto
