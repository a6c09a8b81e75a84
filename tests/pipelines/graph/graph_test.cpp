#include "pipelines/graph/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using testing::HasSubstr;

pipeline_node node(component_kind kind, std::string name, std::vector<stream_ref> inputs,
                   std::vector<std::string> ports) {
  pipeline_node out;
  out.kind = kind;
  out.name = std::move(name);
  out.type = "test";
  out.inputs = std::move(inputs);
  for (auto& port : ports)
    out.outputs.push_back(
        {std::move(port), std::make_shared<const core::schema>(std::vector<core::field>{})});
  return out;
}

checked_pipeline with_odd_port() {
  checked_pipeline out;
  out.name = "p";
  out.nodes.push_back(node(component_kind::source, "s", {}, {""}));
  out.nodes.push_back(node(component_kind::transform, "r", {{0, 0, false}}, {"a \"b\\c"}));
  out.nodes.push_back(node(component_kind::sink, "k", {{1, 0, false}, {1, 0, true}}, {}));
  return out;
}

} // namespace

TEST(graph, escapes_names_of_outputs) {
  EXPECT_THAT(graph_dot(with_odd_port()), HasSubstr(R"("r" -> "k" [label="a \"b\\c"];)"));
  EXPECT_THAT(graph_mermaid(with_odd_port()), HasSubstr(R"(n1 -- "a #quot;b\c" --> n2)"));
}

TEST(graph, draws_two_streams_between_the_same_components) {
  EXPECT_THAT(graph_text(with_odd_port()), HasSubstr("├─ [a \"b\\c] k (test sink)"));
  EXPECT_THAT(graph_text(with_odd_port()), HasSubstr("└─ [errors] k (test sink), see above"));
  const auto json = nlohmann::json::parse(graph_json(with_odd_port()));
  EXPECT_EQ(json["edges"].size(), 3u);
  EXPECT_EQ(json["edges"][2]["stream"], "r.errors");
}

} // namespace lepton::pipelines
