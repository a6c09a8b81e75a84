#pragma once

#include "core/result.hpp"
#include "crypto/key_source.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace lepton::crypto {

/// Keys of single subjects (a customer, a device) below a named key: when one is destroyed, all
/// that was sealed for that subject is unreadable everywhere, and nothing else is. Thread-safe; a
/// call may read the disk, and one that makes keys writes it.
class subject_key_source {
public:
  virtual ~subject_key_source() = default;
  /// Grows when a subject or a key was destroyed: users drop the keys that they hold and ask again.
  virtual std::uint64_t generation() const noexcept = 0;
  /// Makes the keys of those subjects that have none, with one write for all. Call it once for each
  /// batch, before `for_sealing`.
  virtual core::result<void> prepare(std::string_view name, std::string_view tenant,
                                     std::span<const std::string_view> subjects) = 0;
  /// The subject's key, made if there is none. Null if the subject or the named key is destroyed or
  /// does not exist, or the store cannot be written: nothing may then be sealed.
  virtual key_version_ptr for_sealing(std::string_view name, std::string_view tenant,
                                      std::string_view subject) = 0;
  /// The subject's key, or null if there is none or it is destroyed.
  virtual key_version_ptr for_opening(std::string_view name, std::string_view tenant,
                                      std::string_view subject) = 0;
};

} // namespace lepton::crypto
