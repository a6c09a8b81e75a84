#pragma once

#include "crypto/subject_key_source.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace lepton::crypto {

/// Random keys of subjects that nobody keeps, beside `memory_keys`. Thread-safe.
class memory_subjects final : public subject_key_source {
public:
  std::uint64_t generation() const noexcept override { return generation_.load(); }
  core::result<void> prepare(std::string_view name, std::string_view tenant,
                             std::span<const std::string_view> subjects) override;
  key_version_ptr for_sealing(std::string_view name, std::string_view tenant,
                              std::string_view subject) override;
  key_version_ptr for_opening(std::string_view name, std::string_view tenant,
                              std::string_view subject) override;
  void destroy(std::string_view name, std::string_view tenant, std::string_view subject);

private:
  using place = std::tuple<std::string, std::string, std::string>; ///< name, tenant, subject

  std::mutex mutex_;
  std::map<place, key_version_ptr> keys_; ///< null: destroyed
  std::atomic<std::uint64_t> generation_{1};
};

} // namespace lepton::crypto
