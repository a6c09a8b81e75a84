#include "pipelines/graph/graph.hpp"
#include "pipelines/graph/graph_edges.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

/// Draws the tree below each source, depth first.
class tree_writer {
public:
  explicit tree_writer(const checked_pipeline& pipeline)
      : pipeline_{pipeline}, edges_{edges_of(pipeline)}, drawn_(pipeline.nodes.size(), false) {}

  std::string write() {
    for (std::size_t n = 0; n < pipeline_.nodes.size(); ++n)
      if (pipeline_.nodes[n].kind == core::component_kind::source)
        draw(n, "", "");
    return std::move(out_);
  }

private:
  /// `head` is in front of the component's own line, `indent` in front of those below it.
  void draw(std::size_t node, const std::string& head, const std::string& indent) {
    const auto& named = pipeline_.nodes[node];
    const bool again = drawn_[node];
    out_ += fmt::format("{}{} ({}){}\n", head, named.name, node_title(named),
                        again ? ", see above" : "");
    if (again)
      return;
    drawn_[node] = true;
    const auto first = std::find_if(edges_.begin(), edges_.end(),
                                    [&](const auto& edge) { return edge.from == node; });
    for (auto at = first; at != edges_.end() && at->from == node; ++at) {
      const bool last = std::next(at) == edges_.end() || std::next(at)->from != node;
      const auto label = at->label.empty() ? "" : fmt::format("[{}] ", at->label);
      draw(at->to, indent + (last ? "└─ " : "├─ ") + label, indent + (last ? "   " : "│  "));
    }
  }

  const checked_pipeline& pipeline_;
  std::vector<graph_edge> edges_;
  std::vector<bool> drawn_;
  std::string out_;
};

std::string error_line(const pipeline_node& node) {
  switch (node.on_error) {
    case error_policy::route: return fmt::format("go to {}.errors", node.name);
    case error_policy::drop: return "are counted and dropped";
    case error_policy::stop: return "stop the pipeline";
  }
  return {};
}

} // namespace

std::string graph_text(const checked_pipeline& pipeline) {
  std::string out = pipeline.name + "\n\n" + tree_writer{pipeline}.write() + "\nfailed rows of\n";
  std::size_t width = 0;
  for (const auto& node : pipeline.nodes)
    width = std::max(width, node.name.size());
  for (const auto& node : pipeline.nodes)
    out += fmt::format("  {:<{}}  {}\n", node.name, width, error_line(node));
  return out;
}

} // namespace lepton::pipelines
