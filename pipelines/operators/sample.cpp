#include "pipelines/operators/sample.hpp"

#include "pipelines/operators/operator_support.hpp"
#include "pipelines/operators/replica_shared.hpp"
#include "pipelines/operators/row_hash.hpp"

#include <atomic>
#include <cmath>

namespace lepton::pipelines {

namespace {

using row_counter = std::atomic<std::uint64_t>;

/// Which rows a sample keeps.
struct sample_rule {
  std::uint64_t every = 0;             ///< keep one of so many; 0 = by `below`
  std::uint64_t below = 0;             ///< keep hashes below it ...
  bool all = false;                    ///< ... or all of them
  std::optional<std::size_t> key = {}; ///< column that is hashed; without it the origin of the row
  std::uint64_t seed = 0;

  bool counts() const noexcept { return every != 0 && !key; }
  bool keeps(std::uint64_t hash) const noexcept {
    return every != 0 ? hash % every == 0 : all || hash < below;
  }
};

class sample_transform final : public core::transform {
public:
  sample_transform(const sample_rule& rule, std::shared_ptr<row_counter> counter)
      : rule_{rule}, counter_{std::move(counter)} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    kept_.clear();
    if (rule_.counts())
      keep_counted(in->rows);
    else
      keep_hashed(*in);
    if (!kept_.empty())
      out.emit(0, take_rows(in, kept_));
    out.drop(in->rows - static_cast<std::int64_t>(kept_.size()), "sampled");
  }

private:
  void keep_counted(std::int64_t rows) {
    const auto before =
        counter_->fetch_add(static_cast<std::uint64_t>(rows), std::memory_order_relaxed);
    const auto skip = (rule_.every - before % rule_.every) % rule_.every;
    for (auto row = skip; row < static_cast<std::uint64_t>(rows); row += rule_.every)
      kept_.push_back(static_cast<std::int32_t>(row));
  }

  void keep_hashed(const core::batch& in) {
    const origin_hasher origin{in, rule_.seed};
    for (std::int64_t row = 0; row < in.rows; ++row)
      if (rule_.keeps(rule_.key ? row_hash(in[*rule_.key], row, rule_.seed) : origin(row)))
        kept_.push_back(static_cast<std::int32_t>(row));
  }

  const sample_rule rule_;
  std::shared_ptr<row_counter> counter_;
  std::vector<std::int32_t> kept_;
};

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "sample";
  spec.summary = "Passes a part of the rows.";
  spec.doc =
      "`share: 10%` keeps about a tenth of the rows, chosen by a hash of where each came from "
      "(topic, partition, offset): the same rows in every run, with any number of workers. "
      "`every: 10` keeps each tenth row, counted over all workers.\n\n"
      "With `key` both choose by a hash of that column, so that all rows of one key are kept or "
      "dropped together; nulls count as one key. Dropped rows are counted "
      "(`lepton_records_dropped_total`, cause `sampled`).";
  spec.fields = {
      {.name = "share",
       .type = core::field_type::share,
       .doc = "Part of the rows that passes; larger keeps more. Either this or `every`."},
      {.name = "every",
       .type = core::field_type::integer,
       .doc = "One of so many rows passes; larger keeps less. Either this or `share`.",
       .minimum = 1,
       .maximum = 1e12},
      {.name = "key",
       .type = core::field_type::column,
       .doc = "Column whose equal values are kept or dropped together."},
      {.name = "seed",
       .type = core::field_type::integer,
       .doc = "Another number chooses other rows.",
       .fallback = "0"},
  };
  spec.example = "type: sample\ninputs: [tx]\nshare: 10%\nkey: card_id\n";
  return spec;
}

/// The first hash that is not kept; `share` is below 1.
std::uint64_t hash_bound(double share) {
  return static_cast<std::uint64_t>(std::ldexp(share, 64));
}

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  const bool by_share = config.has("share");
  if (by_share == config.has("every")) {
    context.findings->error(by_share ? config.span("every") : core::source_span{},
                            by_share ? "'share' and 'every' exclude each other"
                                     : "a sample needs 'share' or 'every'",
                            by_share ? "keep only one of them" : "for example share: 10%");
    return std::nullopt;
  }
  core::bound_transform out;
  sample_rule rule;
  rule.seed = static_cast<std::uint64_t>(config.integer("seed"));
  if (by_share) {
    const double share = config.number("share");
    rule.all = share >= 1.0;
    rule.below = rule.all ? 0 : hash_bound(share);
  } else {
    rule.every = static_cast<std::uint64_t>(config.integer("every"));
  }
  if (config.has("key")) {
    rule.key = find_column(config.text("key"), config.span("key"), *input, *context.findings);
    if (!rule.key)
      return std::nullopt;
    out.reads = {config.text("key")};
  }
  out.outputs = {{"", input}};
  out.make = [rule, shared = std::make_shared<replica_shared<row_counter>>()](
                 const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
    auto counter = shared->get([] { return std::make_shared<row_counter>(0); });
    return std::unique_ptr<core::transform>{
        std::make_unique<sample_transform>(rule, std::move(counter))};
  };
  return out;
}

} // namespace

core::transform_entry sample_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
