#pragma once

#include "core/result.hpp"
#include "crypto/token/signing_key.hpp"
#include "crypto/token/utc_time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::crypto {

using audit_hash = std::array<std::uint8_t, 32>; ///< BLAKE2b-256

/// What somebody did, or tried to. `arguments` never holds a secret or payload: it is their hash.
struct audit_record {
  std::string actor;       ///< subject of the token, or "os:USER" who needed none
  std::string token;       ///< id of the token; empty if there was none
  std::string verb;        ///< KIND.ACTION
  std::string resource;    ///< e.g. "key:acme/payments"
  std::string result;      ///< begun, ok, failed, denied or event
  std::string arguments{}; ///< hexadecimal hash of what was asked for; empty: nothing
};

/// Hash of the arguments of a verb, as an entry holds it. `arguments` is any text that tells two
/// calls apart.
std::string audit_arguments(std::string_view arguments);

/// One line of an audit log, taken apart (docs/formats/audit.md).
struct audit_line {
  enum class kind : std::uint8_t { start, entry, checkpoint };

  kind what = kind::entry;
  std::uint64_t sequence = 0;
  std::string time;
  audit_hash previous{};
  audit_record record;          ///< of an entry
  std::string log;              ///< of a start: id of the log
  std::string_view signed_text; ///< of a checkpoint: what is signed; lies in the line
  signature sig{};              ///< of a checkpoint
};

constexpr std::size_t max_audit_line = 16 << 10; ///< bytes, with the newline

/// Hash that the next line carries on: of a line without its newline.
audit_hash hash_of_line(std::string_view line);

/// The lines, with newline.
std::string start_line(std::uint64_t sequence, utc_micros time, const audit_hash& previous,
                       std::string_view log);
std::string entry_line(std::uint64_t sequence, utc_micros time, const audit_hash& previous,
                       const audit_record& record);
std::string checkpoint_line(std::uint64_t sequence, utc_micros time, const audit_hash& previous,
                            const signing_key& key);

/// Takes a line without its newline apart. Fails with malformed. Does not verify anything.
core::result<audit_line> parse_audit_line(std::string_view line);

/// Number, kind, chain and signature of a line, without its record: all that verifying needs, as
/// the hash holds every byte of the rest. Fails with malformed.
core::result<audit_line> parse_audit_frame(std::string_view line);

/// Where a log ends: what has to be known elsewhere to notice that its end was cut off.
struct audit_head {
  std::uint64_t sequence = 0;
  audit_hash hash{}; ///< of the last line

  /// "12:9f86…", as `lepton audit show --head` prints it.
  std::string text() const;
  static core::result<audit_head> parse(std::string_view text);
  bool operator==(const audit_head&) const = default;
};

} // namespace lepton::crypto
