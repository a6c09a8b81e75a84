#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::crypto {

/// Names of the files of an audit log, all in one folder.
struct audit_paths {
  std::string folder;

  std::string log() const { return folder + "/audit.log"; }         ///< written to now
  std::string lock() const { return folder + "/audit.lock"; }       ///< held while writing
  std::string anchor() const { return folder + "/audit.anchor"; }   ///< the last signed head
  std::string signing_key() const { return folder + "/audit.key"; } ///< 0600
  std::string verify_keys() const { return folder + "/audit.pub"; }
  /// An earlier part of the log, which begins with the line of this number.
  std::string archive(std::uint64_t first_sequence) const;
};

/// The files that make up the log, oldest first; the one that is written to last.
core::result<std::vector<std::string>> audit_parts(const audit_paths& paths);

} // namespace lepton::crypto
