// What holds for every operator.
#include "pipelines/operators/register_all.hpp"
#include "tests/pipelines/pipeline_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

TEST(operators, are_registered_once_each) {
  core::catalog catalog;
  register_operators(catalog);
  std::vector<std::string> types;
  for (const auto& entry : catalog.transforms())
    types.push_back(entry.spec.type);
  EXPECT_THAT(types, ::testing::ElementsAre("derive", "filter", "open_fields", "route", "sample",
                                            "seal_fields", "select", "throttle"));
}

TEST(operators, document_every_field) {
  core::catalog catalog;
  register_operators(catalog);
  for (const auto& entry : catalog.transforms()) {
    EXPECT_EQ(entry.spec.kind, core::component_kind::transform);
    EXPECT_FALSE(entry.spec.summary.empty()) << entry.spec.type;
    EXPECT_FALSE(entry.spec.doc.empty()) << entry.spec.type;
    for (const auto& field : entry.spec.fields)
      EXPECT_FALSE(field.doc.empty()) << entry.spec.type << "." << field.name;
  }
}

/// The examples name the columns and streams of the shipped pipelines.
TEST(operators, have_examples_that_pass_the_check) {
  core::catalog catalog;
  register_operators(catalog);
  for (const auto& entry : catalog.transforms()) {
    std::string example = "    " + entry.spec.example;
    for (auto at = example.find('\n'); at != std::string::npos && at + 1 < example.size();
         at = example.find('\n', at + 1))
      example.insert(at + 1, "    ");
    const auto from = example.find("inputs: [") + 9;
    const auto input = example.substr(from, example.find(']', from) - from);
    const auto file =
        "pipeline: t\nsettings: {keyring: {path: k, key_file: f}}\nsources:\n  " + input +
        ":\n    type: rows\n    schema: {tx_id: string, card_id: int64, amount: float64, "
        "ts: timestamp_ms, score: float64, speed: float64, "
        "card_number: string, limit: string, customer: string}\n"
        "transforms:\n  op:\n" +
        example + "sinks:\n  out: {type: nothing, inputs: ['op" +
        (entry.spec.type == "route" ? ".*" : "") + "']}\n";
    EXPECT_EQ(findings_of(file), "") << file;
  }
}

} // namespace lepton::pipelines::testing
