#include "pipelines/operators/throttle.hpp"

#include "pipelines/operators/operator_support.hpp"
#include "pipelines/operators/replica_shared.hpp"
#include "pipelines/operators/token_bucket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lepton::pipelines {

namespace {

using clock = std::chrono::steady_clock;

class throttle_transform final : public core::transform {
public:
  throttle_transform(std::shared_ptr<token_bucket> bucket, bool drops)
      : bucket_{std::move(bucket)}, drops_{drops} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    hold_ = {};
    if (drops_)
      return pass_some(in, out);
    hold_ = bucket_->reserve(in->rows, clock::now());
    out.emit(0, in);
  }

  std::chrono::nanoseconds hold() override { return hold_; }

private:
  void pass_some(const core::batch_ptr& in, core::emitter& out) {
    const auto passed = bucket_->take(in->rows, clock::now());
    if (passed != 0) {
      std::vector<std::int32_t> rows(static_cast<std::size_t>(passed));
      std::iota(rows.begin(), rows.end(), 0);
      out.emit(0, take_rows(in, rows));
    }
    out.drop(in->rows - passed, "throttled");
  }

  std::shared_ptr<token_bucket> bucket_;
  const bool drops_;
  std::chrono::nanoseconds hold_{0};
};

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "throttle";
  spec.summary = "Bounds how many rows a second pass.";
  spec.doc =
      "The limit is that of the whole pipeline, however many workers it has. `when_over: hold` "
      "keeps rows back, so that the flow control slows the sources down, and loses nothing; it "
      "holds whole batches, so the rate is met over time rather than within a batch. `when_over: "
      "drop` lets through what fits and drops the rest (`lepton_records_dropped_total`, cause "
      "`throttled`).";
  spec.fields = {
      {.name = "rate",
       .type = core::field_type::number,
       .doc = "Rows a second; smaller is slower.",
       .required = true,
       .minimum = 0.001,
       .maximum = 1e9},
      {.name = "burst",
       .type = core::field_type::integer,
       .doc = "Rows that may pass at once after a pause, beyond the rate; the default is what "
              "passes in one second. Larger is less even.",
       .minimum = 1,
       .maximum = 1e9},
      {.name = "when_over",
       .type = core::field_type::choice,
       .doc = "What happens to rows beyond the rate: `hold` keeps them back, `drop` drops them.",
       .fallback = "hold",
       .choices = {"hold", "drop"}},
  };
  spec.example = "type: throttle\ninputs: [alerts]\nrate: 100\nwhen_over: drop\n";
  return spec;
}

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context&) {
  const double rate = config.number("rate");
  const auto burst = config.has("burst")
                         ? config.integer("burst")
                         : std::max<std::int64_t>(1, static_cast<std::int64_t>(std::lround(rate)));
  const bool drops = config.text("when_over") == "drop";
  core::bound_transform out;
  out.outputs = {{"", input}};
  // What is held back must not hold back the neighbours' rows with it.
  out.where = drops ? core::placement::fused : core::placement::alone;
  out.notes = {
      fmt::format("at most {} rows/s over all workers, then {}", rate, drops ? "drop" : "hold")};
  out.make = [rate, burst, drops, shared = std::make_shared<replica_shared<token_bucket>>()](
                 const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
    auto bucket = shared->get([&] { return std::make_shared<token_bucket>(rate, burst); });
    return std::unique_ptr<core::transform>{
        std::make_unique<throttle_transform>(std::move(bucket), drops)};
  };
  return out;
}

} // namespace

core::transform_entry throttle_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
