#pragma once

#include "core/sink.hpp"

#include <vector>

namespace lepton::connectors {

/// Takes everything and keeps nothing. The metrics of the pipeline count what it took.
class blackhole_sink final : public core::sink {
public:
  core::result<void> open(core::ref_ptr<core::waker>) override { return {}; }
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;

private:
  std::vector<core::sink_completion> ended_;
};

} // namespace lepton::connectors
