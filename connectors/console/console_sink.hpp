#pragma once

#include "core/sink.hpp"

#include <string>
#include <vector>

namespace lepton::connectors {

/// Writes each record as a line to a descriptor that somebody reads: standard output, a pipe.
class console_sink final : public core::sink {
public:
  /// Does not own the descriptor.
  explicit console_sink(int fd) : fd_{fd} {}

  core::result<void> open(core::ref_ptr<core::waker>) override { return {}; }
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;

private:
  int fd_;
  bool begun_ = false;
  std::string lines_;
  std::vector<core::sink_completion> ended_;
};

} // namespace lepton::connectors
