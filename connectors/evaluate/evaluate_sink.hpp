#pragma once

#include "core/metrics.hpp"
#include "core/sink.hpp"

#include <cstddef>

namespace lepton::connectors {

/// Compares a prediction with the truth, row by row, and counts the four outcomes. Writes nothing.
/// Rows where either is null are counted as neither.
class evaluate_sink final : public core::sink {
public:
  struct outcomes {
    core::counter& true_positive;
    core::counter& false_positive;
    core::counter& true_negative;
    core::counter& false_negative;
  };

  evaluate_sink(std::string truth, std::string prediction, double threshold, outcomes counts)
      : truth_{std::move(truth)}, prediction_{std::move(prediction)}, threshold_{threshold},
        counts_{counts} {}

  core::result<void> open(core::ref_ptr<core::waker>) override { return {}; }
  core::result<void> write(core::encoded_batch_ptr batch) override;
  core::result<void> poll(std::vector<core::sink_completion>& ended) override;

private:
  std::string truth_;
  std::string prediction_;
  double threshold_;
  outcomes counts_;
  std::vector<core::sink_completion> ended_;
};

} // namespace lepton::connectors
