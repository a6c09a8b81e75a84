#pragma once

#include "core/result.hpp"
#include "crypto/audit/audit_entry.hpp"
#include "crypto/audit/audit_files.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::crypto {

/// What is wrong with a log, at which line.
struct audit_problem {
  std::string file;
  std::uint64_t line = 0; ///< of the file, from 1; 0: the file as a whole
  std::string what;
};

struct audit_report {
  std::uint64_t entries = 0;     ///< without starts and checkpoints
  std::uint64_t checkpoints = 0; ///< with a good signature
  std::uint64_t unsigned_lines =
      0; ///< after the last checkpoint: whoever has the file can change them
  std::uint64_t first_sequence = 0;
  audit_head head;
  std::vector<audit_problem> problems; ///< the first 20

  bool good() const noexcept { return problems.empty(); }
};

struct audit_verify_options {
  std::string keys_file;              ///< empty: audit.pub in the folder
  std::optional<audit_head> anchor{}; ///< kept elsewhere: the log must have this line
  bool partial = false;               ///< earlier files may be missing
};

/// Reads the whole log and finds lines that were removed, added, moved or changed, signatures that
/// are not by one of the keys, and an end that was cut off before the anchor. Fails only if the log
/// or the keys cannot be read.
core::result<audit_report> verify_audit(const std::string& folder,
                                        const audit_verify_options& options);

/// Calls `each` with every line that can be parsed, oldest first, without verifying anything.
core::result<void> read_audit(const std::string& folder,
                              const std::function<void(const audit_line&, std::string_view)>& each);

} // namespace lepton::crypto
