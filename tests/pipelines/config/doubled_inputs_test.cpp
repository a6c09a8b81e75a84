#include "pipelines/config/doubled_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines {

namespace {

using testing::HasSubstr;

/// Nodes as they are after binding, each behind its inputs.
class graph {
public:
  std::size_t add(const std::string& name, std::vector<stream_ref> inputs,
                  const std::string& type = "filter", const char* match = nullptr) {
    pipeline_node node;
    node.name = name;
    node.type = type;
    node.inputs = std::move(inputs);
    if (type == "route")
      node.outputs = {{"x", nullptr}, {"y", nullptr}};
    else
      node.outputs = {{"", nullptr}};
    core::value_map settings;
    if (match)
      settings.push_back({"match", {}, core::value{std::string{match}, {}}});
    node.config = core::config{core::value{std::move(settings), {}}};
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  /// What is said of a sink with these inputs; empty: nothing.
  std::string told(const std::vector<stream_ref>& streams) const {
    pipeline_node sink;
    sink.name = "uplink";
    input_streams inputs;
    for (const auto& stream : streams) {
      inputs.streams.push_back(stream);
      inputs.names.push_back(nodes_[stream.node].name);
      inputs.spans.emplace_back();
    }
    core::diagnostics findings;
    refuse_doubled_inputs(sink, inputs, nodes_, findings);
    std::string out;
    for (const auto& finding : findings.all())
      out += finding.message + "\n";
    return out;
  }

private:
  std::vector<pipeline_node> nodes_;
};

} // namespace

TEST(doubled_inputs, are_ways_that_part_and_join_before_the_sink) {
  graph all;
  const auto tx = all.add("tx", {}, "kafka");
  const auto a = all.add("a", {{tx}});
  const auto b = all.add("b", {{a}});
  const auto joined = all.add("joined", {{a}, {b}});
  const auto last = all.add("last", {{joined}});
  EXPECT_THAT(all.told({{last}}), HasSubstr("a -> b -> joined -> last and a -> joined -> last"));
  EXPECT_THAT(all.told({{joined}}), HasSubstr("'uplink'"));
  EXPECT_EQ(all.told({{a}, {b}, {tx}}), "") << "each is an input of its own";
}

TEST(doubled_inputs, do_not_come_from_two_sources) {
  graph all;
  const auto one = all.add("one", {}, "kafka");
  const auto two = all.add("two", {}, "kafka");
  const auto joined = all.add("joined", {{one}, {two}});
  EXPECT_EQ(all.told({{joined}}), "");
}

TEST(doubled_inputs, do_not_come_by_outputs_that_exclude_each_other) {
  graph all;
  const auto tx = all.add("tx", {}, "kafka");
  const auto first = all.add("first", {{tx}}, "route", "first");
  const auto every = all.add("every", {{tx}}, "route", "all");
  const auto of_first = all.add("of_first", {{first, 0}, {first, 1}});
  const auto of_all = all.add("of_all", {{every, 0}, {every, 1}});
  const auto failed = all.add("failed", {{of_first, 0}, {first, 0, true}});
  EXPECT_EQ(all.told({{of_first}}), "");
  EXPECT_EQ(all.told({{failed}}), "");
  EXPECT_THAT(all.told({{of_all}}), HasSubstr("every.x -> of_all and every.y -> of_all"));
}

} // namespace lepton::pipelines
