#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::core {

/// What one sealed payload is bound to besides its key: it opens only where all of it is the same.
struct seal_context {
  std::string_view topic;      ///< topic, file or purpose that the payload was sealed for
  std::string_view record_key; ///< key of the record that carries it, in clear; may be empty
  std::int32_t partition = -1; ///< the partition that Lepton chose; -1 = it did not choose
};

/// Which cipher seals. docs/formats/envelope.md describes each.
enum class seal_suite : std::uint8_t {
  automatic = 0,          ///< aegis_256 where the CPU has AES instructions, else xchacha20_poly1305
  xchacha20_poly1305 = 1, ///< symmetric, any CPU
  recipients = 2,         ///< for up to 8 named recipients, signed by the sender
  aegis_256 = 3,          ///< symmetric, fastest
};

enum class seal_compression : std::uint8_t { none, zstd };

/// How one stream is sealed. Everything but `suite`, `compression` and `recipients` must be the
/// same for whoever opens.
struct seal_options {
  std::string key;      ///< name of a key in the keyring; its primary version seals
  std::string tenant;   ///< may be empty
  std::string pipeline; ///< name that writer and reader agree on
  std::string schema;   ///< id of the payload's schema; may be empty
  std::string subject;  ///< not empty: the key of this subject, made on first use, below `key`
  seal_suite suite = seal_suite::automatic;
  seal_compression compression = seal_compression::none;
  std::vector<std::string> recipients; ///< suite `recipients`: their public identities, as text
};

/// How one stream is opened. The key is found by the id in the envelope, among the versions of
/// `key` only.
struct open_options {
  std::string key;
  std::string tenant;
  std::string pipeline; ///< of the writer
  std::string schema;
  std::string subject;
  std::vector<std::string> senders;      ///< suite `recipients`: public identities that are trusted
  std::int64_t max_plaintext = 16 << 20; ///< bytes of one payload after decompression, at most
  bool detect_replay = true;             ///< an envelope seen elsewhere is refused
};

/// Where an envelope was read: the same envelope at another place is a replay, at the same place a
/// redelivery.
struct read_position {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// What `opener::open` appended to its output.
struct opened_payload {
  std::size_t size = 0;      ///< bytes appended
  std::uint32_t records = 1; ///< of a batch
  bool is_batch = false;     ///< the payload is a frame of `records` records (crypto/envelope)
};

/// Seals payloads of one stream. Used by one thread at a time; never blocks on the disk or network.
class sealer {
public:
  virtual ~sealer() = default;
  /// Appends the envelope of `plain` to `out`. `batch_records` is 0 for the payload of one record;
  /// else `plain` is a frame of that many records. Fails if the key has no usable version
  /// (permission) or `plain` is above 16 MiB (capacity); `out` is then as before.
  virtual result<void> seal(std::string_view plain, const seal_context& context,
                            std::uint32_t batch_records, std::string& out) = 0;
};

/// Why an envelope did not open: for counters only. Whoever sent it learns none of this.
enum class refusal : std::uint8_t {
  none,
  no_envelope,    ///< these are other bytes, or of a version that is not known
  too_large,      ///< more than `open_options::max_plaintext`
  unknown_key,    ///< the keyring has no such version, or it may not open
  wrong_key,      ///< the version that is named is not the one that sealed
  authentication, ///< changed, truncated, moved, or signed by somebody else
  replayed,       ///< seen at another place
};

/// "unknown_key", ...
const char* name(refusal cause) noexcept;

/// Opens envelopes of one stream. Used by one thread at a time.
class opener {
public:
  virtual ~opener() = default;
  /// Appends the plaintext of `envelope` to `out`. Every failure has the same error (malformed) and
  /// leaves `out` as before: no byte of plaintext is released before all of it is authenticated.
  virtual result<opened_payload> open(std::string_view envelope, const seal_context& context,
                                      const read_position& at, std::string& out) = 0;
  /// Of the last failed `open`.
  virtual refusal last_refusal() const noexcept = 0;
};

/// The keys of a running pipeline, as far as its parts may use them. Thread-safe. Never hands out
/// a key.
class vault {
public:
  virtual ~vault() = default;
  /// Fails if the keyring has no such key or a recipient cannot be read.
  virtual result<std::unique_ptr<sealer>> make_sealer(const seal_options& options) = 0;
  virtual result<std::unique_ptr<opener>> make_opener(const open_options& options) = 0;
  /// Makes the keys of subjects that have none yet, with one write to the disk for all of them; to
  /// be called once for each batch before their sealers are made.
  virtual result<void> prepare_subjects(std::string_view key, std::string_view tenant,
                                        std::span<const std::string_view> subjects) = 0;
  /// Looks for new keys and waits for that, at most 2 s: what was refused for an unknown key may
  /// open then.
  virtual void refresh() {}
  /// The first 16 bytes of a keyed hash of `value`, as 32 hexadecimal digits, under the
  /// never-changing hash key of `key`: equal values of one `purpose` have equal hashes. For join
  /// and record keys.
  virtual result<std::string> hash(std::string_view key, std::string_view tenant,
                                   std::string_view purpose, std::string_view value) = 0;
};

/// Seals a record again when it must leave a pipeline by another way than its own (error outputs).
/// Thread-safe.
class payload_guard {
public:
  virtual ~payload_guard() = default;
  /// A payload of `topic` as an envelope of its own; empty if it cannot be sealed any more.
  virtual std::string protect(std::string_view topic, std::string_view payload) = 0;
};

} // namespace lepton::core
