#include "pipelines/config/wires.hpp"

#include "pipelines/config/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines {

namespace {

using core::component_kind;
using testing::ElementsAre;

component_draft draft(component_kind kind, std::string name, std::vector<std::string> inputs) {
  component_draft out;
  out.kind = kind;
  out.name = std::move(name);
  for (std::uint32_t i = 0; i < inputs.size(); ++i)
    out.inputs.push_back({inputs[i], {10 + i, 1, 1}});
  return out;
}
component_draft source(std::string name) {
  return draft(component_kind::source, std::move(name), {});
}
component_draft step(std::string name, std::vector<std::string> inputs) {
  return draft(component_kind::transform, std::move(name), std::move(inputs));
}
component_draft sink(std::string name, std::vector<std::string> inputs) {
  return draft(component_kind::sink, std::move(name), std::move(inputs));
}

std::vector<std::string> origins(const std::vector<component_draft>& all, const wire_plan& plan,
                                 std::size_t reader) {
  std::vector<std::string> out;
  for (const auto& each : plan.inputs[reader])
    out.push_back(all[each.from].name + (each.errors ? ".errors" : ""));
  return out;
}

} // namespace

TEST(wires, orders_components_after_their_inputs) {
  const std::vector all{source("s"), step("late", {"early"}), step("early", {"s"}),
                        sink("out", {"late"})};
  core::diagnostics findings;
  const auto plan = connect(all, findings);
  EXPECT_FALSE(findings.has_errors());
  EXPECT_THAT(plan.order, ElementsAre(0, 2, 1, 3));
  EXPECT_TRUE(plan.all_sound());
}

TEST(wires, lets_a_pattern_pass_over_what_depends_on_its_reader) {
  const std::vector all{source("tx_a"), source("tx_b"), step("tx_all", {"tx*"}),
                        step("tx_more", {"tx_all"}), sink("out", {"*"})};
  core::diagnostics findings;
  const auto plan = connect(all, findings);
  EXPECT_FALSE(findings.has_errors());
  EXPECT_THAT(origins(all, plan, 2), ElementsAre("tx_a", "tx_b"));
  EXPECT_THAT(origins(all, plan, 4), ElementsAre("tx_a", "tx_b", "tx_all", "tx_more"));
}

TEST(wires, reads_error_outputs_of_sinks_but_not_its_own_by_a_pattern) {
  const std::vector all{source("tx"), sink("out", {"tx"}), sink("dead", {"*.errors"})};
  core::diagnostics findings;
  const auto plan = connect(all, findings);
  EXPECT_FALSE(findings.has_errors());
  EXPECT_THAT(origins(all, plan, 2), ElementsAre("tx.errors", "out.errors"));
  EXPECT_THAT(plan.errors_consumed, ElementsAre(true, true, false));
}

TEST(wires, reads_a_stream_once_though_two_patterns_match_it) {
  const std::vector all{source("tx"), sink("out", {"t*", "*x", "tx"})};
  core::diagnostics findings;
  EXPECT_THAT(origins(all, connect(all, findings), 1), ElementsAre("tx"));
}

TEST(wires, finds_a_cycle_through_an_error_output) {
  const std::vector all{source("tx"), step("a", {"tx", "b"}), step("b", {"a.errors"}),
                        sink("out", {"a"})};
  core::diagnostics findings;
  const auto plan = connect(all, findings);
  ASSERT_EQ(findings.error_count(), 1u);
  EXPECT_EQ(findings.all()[0].message, "a cycle: a -> b -> a");
  EXPECT_EQ(findings.all()[0].span.line, 11u);
  EXPECT_THAT(plan.sound, ElementsAre(true, false, false, true));
  EXPECT_EQ(plan.order.size(), all.size());
}

TEST(wires, reports_each_cycle_of_many_once) {
  std::vector<component_draft> all{source("tx")};
  for (int i = 0; i < 300; ++i) {
    const auto n = std::to_string(i);
    all.push_back(step("a" + n, {"b" + n}));
    all.push_back(step("b" + n, {"a" + n}));
  }
  core::diagnostics findings;
  const auto plan = connect(all, findings);
  EXPECT_EQ(findings.error_count(), 300u);
  EXPECT_EQ(plan.order.size(), all.size());
}

TEST(topology, knows_everything_behind_a_component) {
  const std::vector all{source("s"), step("a", {"s"}), step("b", {"a"}), sink("x", {"b"}),
                        sink("y", {"s"})};
  core::diagnostics findings;
  EXPECT_THAT(components_behind(1, connect(all, findings).inputs),
              ElementsAre(false, true, true, true, false));
}

} // namespace lepton::pipelines
