#include "kernels/trees/onnx_graph.hpp"

#include "kernels/cpu/recognise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace lepton::kernels::trees {

namespace {

core::error unsupported(std::string why) {
  return {core::errc::unsupported, std::move(why)};
}

bool is_float_cast(const onnx::node& n) {
  return n.op == "Cast" &&
         n.integer_or("to", 0) == static_cast<std::int64_t>(onnx::element_type::float32);
}

/// Follows values of a graph back to where they come from.
class graph_tracer {
public:
  explicit graph_tracer(const onnx::model& from);

  core::result<ensemble_node> run();

private:
  enum class origin : std::uint8_t { scores, labels };

  core::result<void> check_input(std::string_view value) const;
  core::result<origin> origin_of(std::string_view value) const;
  bool keeps_scores(const onnx::node& n) const;
  std::string_view data_input(const onnx::node& n) const;
  const onnx::node* producer(std::string_view value) const;

  const onnx::model& from_;
  std::unordered_map<std::string_view, const onnx::node*> producers_;
  std::unordered_map<std::string_view, const onnx::tensor*> constants_;
  const onnx::node* ensemble_ = nullptr;
  std::string_view scores_, labels_;
};

graph_tracer::graph_tracer(const onnx::model& from) : from_{from} {
  for (const auto& n : from.nodes)
    for (const auto output : n.outputs)
      producers_.emplace(output, &n);
  for (const auto& t : from.constants)
    constants_.emplace(t.name, &t);
}

const onnx::node* graph_tracer::producer(std::string_view value) const {
  const auto found = producers_.find(value);
  return found == producers_.end() ? nullptr : found->second;
}

/// The first input that is no constant.
std::string_view graph_tracer::data_input(const onnx::node& n) const {
  for (const auto input : n.inputs)
    if (!input.empty() && !constants_.contains(input)) {
      const auto* from = producer(input);
      if (!from || from->op != "Constant")
        return input;
    }
  return {};
}

core::result<void> graph_tracer::check_input(std::string_view value) const {
  for (std::size_t steps = 0; value != from_.inputs[0].name; ++steps) {
    const auto* n = producer(value);
    if (!n || steps > from_.nodes.size())
      return unsupported(fmt::format("nothing computes '{}'", onnx::printable(value)));
    if (n->inputs.empty() || (n->op != "Identity" && !is_float_cast(*n)))
      return unsupported(fmt::format("operator {} comes before the trees", onnx::printable(n->op)));
    value = n->inputs[0];
  }
  return {};
}

/// True for operators that give each row's scores unchanged.
bool graph_tracer::keeps_scores(const onnx::node& n) const {
  if (n.op == "Identity" || n.op == "ZipMap" || is_float_cast(n))
    return true;
  if (n.op != "Reshape" || n.inputs.size() < 2)
    return false;
  const auto shape = constants_.find(n.inputs[1]);
  if (shape == constants_.end())
    return false;
  const auto dims = onnx::integers_of(*shape->second);
  // [-1] and [-1, 1] of one score; others would need its width, and no converter writes them.
  return dims && !dims->empty() && (*dims)[0] == -1 &&
         std::all_of(dims->begin() + 1, dims->end(), [](auto d) { return d == 1; });
}

core::result<graph_tracer::origin> graph_tracer::origin_of(std::string_view value) const {
  bool is_label = false;
  for (std::size_t steps = 0; steps <= from_.nodes.size(); ++steps) {
    if (value == scores_)
      return is_label ? origin::labels : origin::scores;
    if (value == labels_)
      return origin::labels;
    const auto* n = producer(value);
    if (!n)
      return unsupported(fmt::format("nothing computes '{}'", onnx::printable(value)));
    if (n->op == "ArgMax" || n->op == "ArrayFeatureExtractor")
      is_label = true;
    else if (!keeps_scores(*n) && n->op != "Cast" && n->op != "Reshape")
      return unsupported(fmt::format("operator {} comes after the trees", onnx::printable(n->op)));
    else if (!keeps_scores(*n))
      is_label = true;
    // The labels of an ArrayFeatureExtractor are constants; the index is what is computed.
    value = data_input(*n);
  }
  return unsupported("the graph has a cycle");
}

core::result<ensemble_node> graph_tracer::run() {
  for (const auto& n : from_.nodes)
    if (is_ensemble(n)) {
      if (ensemble_)
        return unsupported("the graph has more than one tree ensemble");
      ensemble_ = &n;
    }
  ensemble_node to{ensemble_, ensemble_->op == "TreeEnsembleClassifier", 0};
  const std::size_t scores = to.is_classifier ? 1 : 0;
  if (from_.inputs.size() != 1 || ensemble_->inputs.size() != 1 ||
      ensemble_->outputs.size() != scores + 1)
    return unsupported("the graph, or its tree ensemble, has not one input and its outputs");
  scores_ = ensemble_->outputs[scores];
  labels_ = to.is_classifier ? ensemble_->outputs[0] : scores_;
  const auto& input = from_.inputs[0];
  to.inputs = cpu::row_width(input);
  if (input.type != onnx::element_type::float32)
    return unsupported("the input is " + to_string(input.type) + ", not float32");
  if (to.inputs < 1 || input.dims->size() != 2)
    return unsupported("the input's shape is not [N, k] with a fixed k");
  LEPTON_TRY(check_input(ensemble_->inputs[0]));
  bool has_scores = false;
  for (const auto& output : from_.outputs) {
    const auto found = origin_of(output.name);
    if (!found)
      return found.error();
    has_scores = has_scores || *found == origin::scores;
  }
  if (!has_scores)
    return unsupported("no output has the scores of the trees");
  return to;
}

} // namespace

bool is_ensemble(const onnx::node& n) noexcept {
  return n.domain == "ai.onnx.ml" &&
         (n.op == "TreeEnsembleClassifier" || n.op == "TreeEnsembleRegressor");
}

core::result<ensemble_node> find_ensemble(const onnx::model& from) {
  return graph_tracer{from}.run();
}

} // namespace lepton::kernels::trees
