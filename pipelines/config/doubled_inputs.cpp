#include "pipelines/config/doubled_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace lepton::pipelines {

namespace {

/// One step of rows: out of a stream, into the node that reads it.
struct step {
  stream_ref from;
  std::size_t to = 0;
};

/// A row that did not fail leaves by one of the node's outputs at most.
bool leaves_by_one_output(const pipeline_node& node) {
  return node.outputs.size() == 1 || (node.type == "route" && node.config.text("match") == "first");
}

/// Everything that can reach one stream.
class way_finder {
public:
  way_finder(const std::vector<pipeline_node>& nodes, const stream_ref& end)
      : nodes_{nodes}, end_{end.node}, before_(nodes.size(), false) {
    before_[end_] = true;
    for (auto node = end_ + 1; node-- > 0;) // nodes lie behind their inputs
      if (before_[node])
        for (const auto& input : nodes_[node].inputs)
          before_[input.node] = true;
  }

  /// Two steps out of one node that one row can take both; empty if there are none.
  std::optional<std::pair<step, step>> fork() const {
    for (std::size_t node = 0; node < end_; ++node) {
      const auto steps = steps_from(node);
      for (std::size_t i = 1; i < steps.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (!exclude_each_other(steps[j].from, steps[i].from))
            return std::pair{steps[j], steps[i]};
    }
    return std::nullopt;
  }

  /// "tx -> a -> joined", for a way that begins with this step.
  std::string path_of(const step& first) const {
    constexpr int shown = 16;
    const auto& begin = nodes_[first.from.node];
    const auto output =
        first.from.errors ? std::string{"errors"} : begin.outputs[first.from.port].name;
    std::string out = output.empty() ? begin.name : fmt::format("{}.{}", begin.name, output);
    auto at = first.to;
    for (int i = 0; at != end_ && i < shown; ++i) {
      out += fmt::format(" -> {}", nodes_[at].name);
      at = steps_from(at).front().to;
    }
    return fmt::format("{} -> {}{}", out, at == end_ ? "" : "... -> ", nodes_[end_].name);
  }

private:
  std::vector<step> steps_from(std::size_t node) const {
    std::vector<step> out;
    for (auto reader = node + 1; reader <= end_; ++reader)
      if (before_[reader])
        for (const auto& input : nodes_[reader].inputs)
          if (input.node == node)
            out.push_back({input, reader});
    return out;
  }

  bool exclude_each_other(const stream_ref& a, const stream_ref& b) const {
    return a != b && (a.errors || b.errors || leaves_by_one_output(nodes_[a.node]));
  }

  const std::vector<pipeline_node>& nodes_;
  std::size_t end_;
  std::vector<bool> before_;
};

} // namespace

void refuse_doubled_inputs(const pipeline_node& sink, const input_streams& inputs,
                           const std::vector<pipeline_node>& nodes, core::diagnostics& findings) {
  for (std::size_t i = 0; i < inputs.streams.size(); ++i) {
    const way_finder ways{nodes, inputs.streams[i]};
    const auto fork = ways.fork();
    if (!fork)
      continue;
    findings.error(
        inputs.spans[i],
        fmt::format("'{}' can get a record twice by its input '{}', and would lose the second: "
                    "{} and {}",
                    sink.name, inputs.names[i], ways.path_of(fork->first),
                    ways.path_of(fork->second)),
        fmt::format("it tells records apart by their place at the source; let '{}' read both ways "
                    "as inputs of its own, or part them by a route with match: first",
                    sink.name));
  }
}

} // namespace lepton::pipelines
