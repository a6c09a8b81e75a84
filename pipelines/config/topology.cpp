#include "pipelines/config/topology.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

using wires = std::vector<std::vector<wire>>;
using indices = std::vector<std::size_t>;

std::vector<indices> readers_of(const wires& inputs) {
  std::vector<indices> readers(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (const auto& each : inputs[i])
      readers[each.from].push_back(i);
  return readers;
}

/// Kahn's algorithm over the components that are not `cut`: those whose inputs are all done, in
/// file order where there is a choice.
indices sorted(const wires& inputs, const std::vector<bool>& cut) {
  const auto readers = readers_of(inputs);
  indices waiting(inputs.size(), 0);
  indices order;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (const auto& each : inputs[i])
      waiting[i] += cut[each.from] ? 0 : 1;
    if (waiting[i] == 0 && !cut[i])
      order.push_back(i);
  }
  for (std::size_t next = 0; next < order.size(); ++next)
    for (const auto reader : readers[order[next]])
      if (--waiting[reader] == 0 && !cut[reader])
        order.push_back(reader);
  return order;
}

/// A cycle among the components that could not be sorted, in the direction of the data.
indices find_cycle(const wires& inputs, const std::vector<bool>& stuck) {
  std::size_t at =
      static_cast<std::size_t>(std::find(stuck.begin(), stuck.end(), true) - stuck.begin());
  indices path;
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    const auto input = std::find_if(inputs[at].begin(), inputs[at].end(),
                                    [&](const auto& each) { return stuck[each.from]; });
    at = input->from;
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  std::reverse(path.begin(), path.end());
  std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
  return path;
}

void report_cycle(const std::vector<component_draft>& components, const indices& cycle,
                  const wires& inputs, core::diagnostics& findings) {
  constexpr std::size_t shown = 16;
  std::string path;
  for (std::size_t i = 0; i < std::min(cycle.size(), shown); ++i)
    path += components[cycle[i]].name + " -> ";
  if (cycle.size() > shown)
    path += "... -> ";
  const auto& first = inputs[cycle.front()];
  const auto edge = std::find_if(first.begin(), first.end(),
                                 [&](const auto& each) { return each.from == cycle.back(); });
  findings.error(edge->span, fmt::format("a cycle: {}{}", path, components[cycle.front()].name),
                 "rows flow from sources to sinks; remove one of these inputs");
}

} // namespace

std::vector<bool> components_behind(std::size_t start, const wires& inputs) {
  const auto readers = readers_of(inputs);
  std::vector<bool> behind(inputs.size(), false);
  indices next{start};
  behind[start] = true;
  while (!next.empty()) {
    const auto at = next.back();
    next.pop_back();
    for (const auto reader : readers[at]) {
      if (behind[reader])
        continue;
      behind[reader] = true;
      next.push_back(reader);
    }
  }
  return behind;
}

void sort_topologically(const std::vector<component_draft>& components, wire_plan& plan,
                        core::diagnostics& findings) {
  const auto count = components.size();
  std::vector<bool> cut(count, false); // in a cycle that is already reported
  indices in_cycles;
  plan.order = sorted(plan.inputs, cut);
  while (plan.order.size() + in_cycles.size() < count) {
    std::vector<bool> stuck(count, true);
    for (std::size_t i = 0; i < count; ++i)
      stuck[i] = !cut[i];
    for (const auto done : plan.order)
      stuck[done] = false;
    const auto cycle = find_cycle(plan.inputs, stuck);
    report_cycle(components, cycle, plan.inputs, findings);
    for (const auto i : cycle) {
      cut[i] = true;
      plan.sound[i] = false;
      in_cycles.push_back(i);
    }
    plan.order = sorted(plan.inputs, cut);
  }
  plan.order.insert(plan.order.end(), in_cycles.begin(), in_cycles.end());
}

} // namespace lepton::pipelines
