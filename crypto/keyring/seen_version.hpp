#pragma once

#include "core/result.hpp"
#include "crypto/key_source.hpp"

#include <cstdint>
#include <string>

namespace lepton::crypto {

/// Remembers, in PATH.seen beside a keyring, the highest version of it that any process saw, and
/// refuses (permission) an older one: somebody put an old file back, perhaps one with keys that
/// were destroyed since. Where the folder cannot be written the version is only compared. Whoever
/// can write the folder can delete the memory too; the audit log records the version for that case.
core::result<void> remember_version(const std::string& keyring_path, const key_id& id,
                                    std::uint64_t version);

} // namespace lepton::crypto
