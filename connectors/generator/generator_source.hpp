#pragma once

#include "connectors/generator/generated_batch.hpp"
#include "core/source.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace lepton::connectors {

struct generator_options {
  const record_kind* kind = nullptr;
  std::uint64_t seed = 0;
  bool json = false;
  std::optional<double> rate;                       ///< records a second; absent = no limit
  std::optional<std::int64_t> count;                ///< records in all; absent = no limit
  std::optional<std::chrono::nanoseconds> duration; ///< absent = no limit
};

/// Hands out ranges of made-up records, as fast as they are taken or at a rate. Record i of a seed
/// is always the same.
class generator_source final : public core::source {
public:
  explicit generator_source(const generator_options& options);

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<core::source_poll> poll(core::poll_budget budget) override;

private:
  using clock = std::chrono::steady_clock;

  core::source_poll hand_out(std::int64_t count);
  /// How long until `records` more are due; zero if they are.
  std::chrono::nanoseconds due_in(std::int64_t records, clock::time_point now) const;

  generator_options options_;
  std::shared_ptr<const std::string> name_;
  clock::time_point start_;
  std::int64_t next_ = 0;
  std::uint64_t sequence_ = 0;
};

} // namespace lepton::connectors
