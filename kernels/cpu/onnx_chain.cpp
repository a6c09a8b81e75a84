#include "kernels/cpu/onnx_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::kernels::cpu {

namespace {

core::error unsupported(std::string why) {
  return {core::errc::unsupported, std::move(why)};
}

using producers = std::unordered_map<std::string_view, const onnx::node*>;

producers producers_of(const onnx::model& from) {
  producers by_output;
  for (const auto& n : from.nodes)
    for (const auto output : n.outputs)
      by_output.emplace(output, &n);
  return by_output;
}

} // namespace

core::result<onnx_chain> onnx_chain::of(const onnx::model& from) {
  if (from.inputs.size() != 1 || from.outputs.size() != 1)
    return unsupported(fmt::format("the model has {} inputs and {} outputs instead of one of each",
                                   from.inputs.size(), from.outputs.size()));
  onnx_chain chain;
  for (const auto& t : from.constants)
    chain.constants_.emplace(t.name, &t);
  for (const auto& n : from.nodes)
    if (const auto* a = n.op == "Constant" ? n.find("value") : nullptr;
        a && a->value && !n.outputs.empty())
      chain.constants_.emplace(n.outputs[0], &*a->value);

  const auto by_output = producers_of(from);
  std::string_view value = from.outputs[0].name;
  while (value != from.inputs[0].name) {
    const auto producer = by_output.find(value);
    if (producer == by_output.end())
      return unsupported(fmt::format("nothing computes '{}'", onnx::printable(value)));
    auto found = chain.link(*producer->second);
    if (!found)
      return found.error();
    if (found->node->outputs[0] != value || chain.links_.size() == from.nodes.size())
      return unsupported(
          fmt::format("'{}' does not come out of a chain of operators", onnx::printable(value)));
    chain.links_.push_back(*found);
    value = found->node->inputs[found->data_input];
  }
  std::reverse(chain.links_.begin(), chain.links_.end());
  return chain;
}

core::result<chain_link> onnx_chain::link(const onnx::node& n) const {
  std::size_t at = 0;
  int count = 0;
  for (std::size_t i = 0; i < n.inputs.size(); ++i) {
    if (n.inputs[i].empty() || constant(n.inputs[i]))
      continue;
    at = i;
    ++count;
  }
  if (count != 1)
    return unsupported(
        fmt::format("operator {} combines {} computed values", onnx::printable(n.op), count));
  return chain_link{&n, at};
}

const onnx::tensor* onnx_chain::constant(std::string_view name) const noexcept {
  const auto found = constants_.find(name);
  return name.empty() || found == constants_.end() ? nullptr : found->second;
}

const onnx::tensor* onnx_chain::constant(const onnx::node& n, std::size_t i) const noexcept {
  return i < n.inputs.size() ? constant(n.inputs[i]) : nullptr;
}

} // namespace lepton::kernels::cpu
