#pragma once

#include "actors/runtime.hpp"
#include "tests/actors/memory_sink.hpp"
#include "tests/actors/memory_source.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lepton::tests {

using namespace std::chrono_literals;

/// A transform that passes its rows on, after it has shown them to a function of the test.
class shown_transform final : public core::transform {
public:
  /// Gets the batch and the replica that works on it; may throw, wait or spin.
  using function = std::function<void(const core::batch&, int replica)>;

  shown_transform(function show, int replica) : show_{std::move(show)}, replica_{replica} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    if (show_)
      show_(*in, replica_);
    out.emit(0, in);
  }

private:
  function show_;
  int replica_;
};

/// A pipeline of in-memory components, built as the checks would leave it.
class test_pipeline {
public:
  explicit test_pipeline(int workers = 1) {
    pipeline_.name = "test";
    pipeline_.settings.workers = workers;
  }

  core::metrics_registry* metrics = nullptr;
  pipelines::pipeline_settings& settings() { return pipeline_.settings; }

  std::size_t source(std::shared_ptr<source_script> script, bool ordered = true) {
    pipelines::pipeline_node node;
    node.kind = core::component_kind::source;
    node.name = "in" + std::to_string(pipeline_.nodes.size());
    node.type = "memory";
    node.outputs = {{"", position_schema()}};
    node.ordered = ordered;
    core::bound_source bound;
    bound.batch = {script->batch, script->batch * 7};
    bound.make = [script](const core::run_context&) -> core::result<std::unique_ptr<core::source>> {
      return std::unique_ptr<core::source>{std::make_unique<memory_source>(script)};
    };
    node.source = bound;
    node.decoder =
        core::bound_decoder{position_schema(), [] { return std::make_unique<position_decoder>(); }};
    return add(std::move(node));
  }

  std::size_t transform(std::size_t input, shown_transform::function show,
                        core::placement where = core::placement::fused,
                        core::duration max_queue_delay = {}, std::int64_t preferred = 0) {
    pipelines::pipeline_node node;
    node.kind = core::component_kind::transform;
    node.name = "step" + std::to_string(pipeline_.nodes.size());
    node.type = "shown";
    node.inputs = {{input, 0, false}};
    node.outputs = {{"", position_schema()}};
    core::bound_transform bound;
    bound.outputs = node.outputs;
    bound.reads = {"partition", "offset"};
    bound.where = where;
    bound.max_queue_delay = max_queue_delay;
    bound.preferred_rows = preferred;
    bound.make =
        [show](const core::run_context& context) -> core::result<std::unique_ptr<core::transform>> {
      return std::unique_ptr<core::transform>{
          std::make_unique<shown_transform>(show, context.instance)};
    };
    node.transform = bound;
    return add(std::move(node));
  }

  std::size_t sink(std::size_t input, std::shared_ptr<sink_script> script,
                   pipelines::full_policy when_full = pipelines::full_policy::block,
                   pipelines::credit_bound credit = {65536, 16 << 20}) {
    auto node = sink_node({input, 0, false});
    node.when_full = when_full;
    node.sink->credit_records = credit.records;
    node.sink->credit_bytes = credit.bytes;
    node.sink->make =
        [script](const core::run_context&) -> core::result<std::unique_ptr<core::sink>> {
      return std::unique_ptr<core::sink>{std::make_unique<memory_sink>(script)};
    };
    return add(std::move(node));
  }

  /// Consumes the error output of `node`.
  void errors_of(std::size_t node, std::shared_ptr<std::atomic<std::int64_t>> rows) {
    pipeline_.nodes[node].on_error = pipelines::error_policy::route;
    pipeline_.nodes[node].errors_consumed = true;
    auto made = sink_node({node, 0, true});
    made.sink->make =
        [rows](const core::run_context&) -> core::result<std::unique_ptr<core::sink>> {
      return std::unique_ptr<core::sink>{std::make_unique<error_sink>(rows)};
    };
    add(std::move(made));
  }

  std::unique_ptr<actors::runtime> start(actors::run_options options = {.exit_at_end = true}) {
    // A sink that takes rows names no columns, and a column that nobody reads is not kept.
    auto plan = pipelines::make_plan(pipeline_);
    for (auto& ports : plan.needed)
      for (auto& columns : ports)
        columns.assign(columns.size(), true);
    auto made = actors::runtime::start(std::move(pipeline_), std::move(plan), options);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message());
    return std::move(*made);
  }

  pipelines::pipeline_node& node(std::size_t at) { return pipeline_.nodes[at]; }

private:
  pipelines::pipeline_node sink_node(pipelines::stream_ref input) {
    pipelines::pipeline_node node;
    node.kind = core::component_kind::sink;
    node.name = "out" + std::to_string(pipeline_.nodes.size());
    node.type = "memory";
    node.inputs = {input};
    node.sink = core::bound_sink{};
    node.sink->encodes = false;
    return node;
  }

  std::size_t add(pipelines::pipeline_node node) {
    pipeline_.nodes.push_back(std::move(node));
    return pipeline_.nodes.size() - 1;
  }

  pipelines::checked_pipeline pipeline_;
};

/// Waits for the end of a run that should come soon.
inline actors::run_result finished(actors::runtime& running,
                                   std::chrono::milliseconds limit = 20s) {
  const auto result = running.wait_for(limit);
  EXPECT_TRUE(result.has_value()) << "the run has not ended";
  return result.value_or(actors::run_result{false, "the run has not ended"});
}

} // namespace lepton::tests
