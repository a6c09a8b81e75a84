#pragma once

#include "core/transform.hpp"
#include "kernels/infer/feature_gather.hpp"
#include "kernels/model.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lepton::kernels {

enum class missing_policy : std::uint8_t {
  reject, ///< a row with a missing feature goes to the error output
  impute, ///< the feature's substitute stands in
  pass,   ///< NaN goes to the model, which has a rule for it; infinity is rejected
};

/// What `infer` does to rows, shared by all workers.
struct infer_plan {
  std::string component;
  std::string version; ///< of the model
  feature_gather features;
  missing_policy missing = missing_policy::reject;
  core::schema_ptr schema = nullptr; ///< of the output: that of the input, then `output_count` more
  std::size_t output_count = 1;      ///< one column for all outputs of the model, or one for each
  std::int64_t chunk_rows = 1024;    ///< rows of one model call, at most
};

/// Scores rows with a model. All batches of a call go through the model together, in chunks that
/// stay in the cache. Rows with missing features (null, NaN, infinite) are treated by the policy; a
/// row whose score is not finite, or whose model call failed, goes to the error output. Does not
/// load models and does not decide where they run.
class infer_transform final : public core::transform {
public:
  infer_transform(std::shared_ptr<const infer_plan> plan, std::unique_ptr<model> scorer);

  void process(std::span<const core::batch_ptr> in, std::span<core::emitter* const> out) override;
  void process(const core::batch_ptr& in, core::emitter& out) override;

  /// Runs the model once on zeros, so that the first row is as fast as the next.
  core::result<void> warm_up();

private:
  /// Rows of one batch that are part of the chunk.
  struct piece {
    std::size_t batch;
    std::int64_t first;
    std::int64_t count;
  };
  /// What has become of one batch so far.
  struct scored {
    std::vector<core::ref_ptr<core::column>> columns;
    std::vector<core::row_error> errors;
  };

  void begin(std::span<const core::batch_ptr> in);
  void add(std::span<const core::batch_ptr> in, std::size_t batch);
  void run_chunk(std::span<const core::batch_ptr> in);
  void treat_missing(std::span<const core::batch_ptr> in);
  void reject_scores(const float* y);
  void scatter(const float* y);
  void finish(const core::batch_ptr& in, scored& done, core::emitter& out);
  std::shared_ptr<const std::string> stamp(const core::batch& in);

  std::shared_ptr<const infer_plan> plan_;
  std::unique_ptr<model> model_;
  core::aligned_buffer x_;
  core::aligned_buffer y_;
  std::vector<piece> pieces_;
  std::int64_t chunk_size_ = 0; ///< rows that are in `x_`
  std::vector<scored> scored_;
  std::shared_ptr<const std::string> own_stamp_;
  std::shared_ptr<const std::string> stamp_before_, stamp_after_; ///< the last pair
};

} // namespace lepton::kernels
