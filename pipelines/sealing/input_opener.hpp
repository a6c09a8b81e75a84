#pragma once

#include "core/codec.hpp"
#include "core/metrics.hpp"
#include "pipelines/sealing/sealing_settings.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace lepton::pipelines {

/// What opening made of a raw batch.
struct opened_records {
  core::raw_batch_ptr batch;           ///< the records in clear; may have none
  std::vector<core::row_error> failed; ///< records of the sealed batch that did not open
};

/// Opens the payloads of one source. One for each worker; not thread-safe. A record that does not
/// open becomes a failed row with its sealed payload; nothing of it is looked at.
class input_opener {
public:
  static core::result<std::unique_ptr<input_opener>>
  make(const input_opening& opening, bool line_based, const core::run_context& context);

  opened_records open(const core::raw_batch_ptr& sealed);

private:
  using clock = std::chrono::steady_clock;

  input_opener(const input_opening& opening, bool line_based, core::vault& vault,
               std::unique_ptr<core::opener> opener, std::shared_ptr<core::payload_guard> guard,
               core::metrics_registry& metrics, const std::string& component);

  class opened_batch;

  core::result<core::opened_payload> open_one(std::string_view payload,
                                              const core::seal_context& context,
                                              const core::read_position& at, std::string& out);
  void refused(core::refusal cause);

  const input_opening& opening_;
  core::vault& vault_;
  int vain_looks_ = 0; ///< for new keys, one after another
  clock::time_point last_vain_look_{};
  bool line_based_;
  std::unique_ptr<core::opener> opener_;
  std::shared_ptr<core::payload_guard> guard_;
  core::counter& opened_;
  core::metrics_registry& metrics_;
  std::string component_;
  std::string decoded_; ///< line-based: the envelope's bytes
};

} // namespace lepton::pipelines
