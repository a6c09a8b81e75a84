#include "pipelines/test_runner.hpp"

#include "crypto/vault/keyring_vault.hpp"
#include "crypto/vault/memory_keys.hpp"
#include "crypto/vault/memory_subjects.hpp"
#include "pipelines/stage_program.hpp"
#include "pipelines/test_runner_checks.hpp"
#include "pipelines/test_runner_rows.hpp"

#include <fmt/format.h>

#include <map>

namespace lepton::pipelines {

namespace {

struct waiting_rows {
  stream_ref stream;
  core::batch_ptr rows;
};

struct unwritten_rows {
  core::batch_ptr rows;
  std::vector<core::row_error> failed;
};

/// What waits in front of one segment.
struct segment_queue {
  std::vector<core::raw_batch_ptr> raw;
  std::vector<waiting_rows> rows;
  std::vector<unwritten_rows> unwritten;
};

/// A copy of the pipeline that is fit for one test: streams can be watched, nothing is pruned.
class test_bed {
public:
  explicit test_bed(const checked_pipeline& original)
      : pipeline_{original}, vault_{std::make_shared<crypto::memory_keys>(),
                                    std::make_shared<crypto::memory_subjects>()} {
    for (auto& node : pipeline_.nodes) {
      if (node.decoder && node.decode_format != "json")
        node.decoder->make = typed_decoder;
      node.opening.reset(); // rows are inserted in clear
    }
  }

  void watch(const stream_ref& stream) {
    if (stream.errors)
      pipeline_.nodes[stream.node].on_error = error_policy::route;
    seen_[stream];
  }

  core::result<void> start() {
    watch_routed_errors();
    plan_ = make_plan(pipeline_);
    for (auto& ports : plan_.needed)
      for (auto& columns : ports)
        columns.assign(columns.size(), true);
    for (const auto& segment : plan_.segments)
      own_exits_.push_back(segment.exits.size());
    for (const auto& [stream, batches] : seen_)
      plan_.segments[plan_.segment_of(stream.node)].exits.push_back({stream, false, 0, 0});
    queues_.resize(plan_.segments.size());
    shared_.emplace(pipeline_, metrics_);
    for (std::size_t s = 0; s < plan_.segments.size(); ++s) {
      auto made = stage_program::make(pipeline_, plan_, s, *shared_, context());
      if (!made)
        return made.error();
      programs_.push_back(std::move(*made));
    }
    return {};
  }

  core::result<void> insert(const core::value_entry& entry) {
    const auto node = node_named(entry.key);
    const auto& source = pipeline_.nodes[node];
    const auto& rows = *entry.item.list();
    auto& queue = queues_[plan_.segment_of(node)].raw;
    if (source.decode_format == "json") {
      queue.push_back(json_records(source.name, rows, *source.outputs[0].schema));
      return {};
    }
    auto records = typed_records(source.name, rows, source.outputs[0].schema);
    if (!records)
      return records.error();
    queue.push_back(std::move(*records));
    return {};
  }

  /// Takes everything through the segments, which are in topological order.
  void run() {
    for (std::size_t s = 0; s < programs_.size(); ++s)
      run_segment(s);
  }

  const checked_pipeline& pipeline() const noexcept { return pipeline_; }
  const std::vector<core::batch_ptr>& seen(const stream_ref& stream) const {
    return seen_.at(stream);
  }

  /// Why the pipeline would have stopped; empty if it would not.
  std::string stop_reason() const {
    for (const auto& program : programs_)
      if (program->stop_reason())
        return *program->stop_reason();
    return {};
  }

  /// The first reason of each component with failed rows, for tests that miss rows.
  std::string failures() const {
    std::string text;
    for (const auto& [stream, batches] : seen_)
      if (stream.errors && !batches.empty())
        text += fmt::format("\n  a row failed in '{}': {}", pipeline_.nodes[stream.node].name,
                            (*batches.front())[1].string_at(0));
    return text;
  }

private:
  core::run_context context() {
    core::run_context context;
    context.pipeline = pipeline_.name;
    context.metrics = &metrics_;
    context.exit_at_end = true;
    context.vault = &vault_;
    return context;
  }

  std::size_t node_named(const std::string& name) const {
    std::size_t n = 0;
    while (pipeline_.nodes[n].name != name)
      ++n;
    return n;
  }

  void watch_routed_errors() {
    for (std::size_t n = 0; n < pipeline_.nodes.size(); ++n)
      if (pipeline_.nodes[n].on_error == error_policy::route)
        seen_[{n, 0, true}];
  }

  void run_segment(std::size_t s) {
    auto queue = std::move(queues_[s]);
    auto& program = *programs_[s];
    std::vector<program_output> out;
    for (const auto& raw : queue.raw)
      program.run_raw(raw, out);
    for (const auto& one : queue.unwritten)
      program.run_failed(one.rows, one.failed, out);
    std::vector<stream_ref> streams;
    std::vector<core::batch_ptr> batches;
    for (auto& one : queue.rows) {
      streams.push_back(one.stream);
      batches.push_back(std::move(one.rows));
    }
    std::vector<std::vector<program_output>> outs(batches.size());
    program.run(streams, batches, outs);
    pass_on(s, std::move(out));
    for (auto& one : outs)
      pass_on(s, std::move(one));
  }

  void pass_on(std::size_t s, std::vector<program_output> out) {
    for (auto& one : out) {
      const auto& exit = plan_.segments[s].exits[one.exit];
      if (one.exit >= own_exits_[s])
        seen_[exit.stream].push_back(std::move(one.rows));
      else if (!exit.to_sink)
        queues_[exit.target].rows.push_back({exit.stream, std::move(one.rows)});
      else if (!one.failed.empty())
        queues_[plan_.segment_of(exit.target)].unwritten.push_back(
            {std::move(one.rows), std::move(one.failed)});
    }
  }

  checked_pipeline pipeline_;
  execution_plan plan_;
  crypto::keyring_vault vault_; ///< of keys that nobody keeps
  core::metrics_registry metrics_;
  std::optional<program_shared> shared_;
  std::vector<std::unique_ptr<stage_program>> programs_;
  std::vector<segment_queue> queues_;
  std::vector<std::size_t> own_exits_; ///< by segment: exits behind these were added to watch
  std::map<stream_ref, std::vector<core::batch_ptr>> seen_;
};

/// The stream called `name`. The file's check made sure that there is one.
stream_ref stream_named(const checked_pipeline& pipeline, const std::string& name) {
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n) {
    const stream_ref errors{n, 0, true};
    if (pipeline.stream_name(errors) == name)
      return errors;
    for (std::size_t port = 0; port < pipeline.nodes[n].outputs.size(); ++port)
      if (pipeline.stream_name({n, port, false}) == name)
        return {n, port, false};
  }
  LEPTON_ASSERT(!"a test names a stream that is not there");
  return {};
}

std::vector<unmet_expectation> run_test(const checked_pipeline& pipeline,
                                        const pipeline_test& test) {
  test_bed bed{pipeline};
  for (const auto& entry : test.expect)
    bed.watch(stream_named(pipeline, entry.key));
  if (const auto started = bed.start(); !started)
    return {{test.span, started.error().message()}};
  for (const auto& entry : test.insert)
    if (const auto inserted = bed.insert(entry); !inserted)
      return {{entry.key_span, inserted.error().message()}};
  bed.run();
  if (auto why = bed.stop_reason(); !why.empty())
    return {{test.span, fmt::format("the pipeline would stop: {}", why)}};
  std::vector<unmet_expectation> unmet;
  for (const auto& entry : test.expect) {
    const auto stream = stream_named(pipeline, entry.key);
    const seen_stream seen{entry.key, pipeline.stream_schema(stream), bed.seen(stream)};
    for (auto& one : check_stream(entry, seen))
      unmet.push_back(std::move(one));
  }
  if (!unmet.empty())
    unmet.back().message += bed.failures();
  return unmet;
}

} // namespace

std::vector<test_outcome> run_tests(const checked_pipeline& pipeline) {
  std::vector<test_outcome> outcomes;
  for (const auto& test : pipeline.tests) {
    const auto unmet = run_test(pipeline, test);
    auto& outcome = outcomes.emplace_back(test_outcome{test.name, unmet.empty(), {}, test.span});
    if (!unmet.empty() && unmet.front().span.known())
      outcome.span = unmet.front().span;
    for (const auto& one : unmet)
      outcome.message += (outcome.message.empty() ? "" : "\n") + one.message;
  }
  return outcomes;
}

} // namespace lepton::pipelines
