#pragma once

#include "connectors/lines/line_reader.hpp"
#include "core/new_life.hpp"
#include "core/source.hpp"

#include <cstdint>

namespace lepton::connectors {

/// The lines of a descriptor that gives them over time: standard input, a pipe. Exhausted at its
/// end.
class console_source final : public core::source {
public:
  /// Does not own the descriptor.
  console_source(int fd, const line_options& options);

  core::result<void> open(core::ref_ptr<core::waker> owner) override;
  core::result<core::source_poll> poll(core::poll_budget budget) override;

private:
  core::source_poll hand_out(core::ref_ptr<line_batch> batch);

  int fd_;
  line_reader reader_;
  std::uint64_t life_ = core::new_life(); ///< the input is another one in each run
  std::uint64_t sequence_ = 0;
  bool ended_ = false;
};

} // namespace lepton::connectors
