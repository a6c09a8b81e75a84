#include "pipelines/config/test_section.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

bool is_row_list(const core::value& item) {
  const auto* rows = item.list();
  return rows && std::all_of(rows->begin(), rows->end(), [](const auto& row) { return row.map(); });
}

bool is_expectation(const core::value& item) {
  const auto* conditions = item.list();
  return item.map() || (conditions && std::all_of(conditions->begin(), conditions->end(),
                                                  [](const auto& each) { return each.text(); }));
}

/// The entries of `insert` or `expect`, if they have the right shape.
std::vector<core::value_entry> entries_of(const core::value& item, const char* key,
                                          bool (*fits)(const core::value&), const char* shape,
                                          spec_context& context) {
  const auto* entries = item.map();
  if (!entries || entries->empty()) {
    context.findings.error(item.span,
                           fmt::format("'{}' must be a mapping, got {}", key,
                                       entries ? "an empty one" : got_text(item)),
                           fmt::format("for example {}", shape));
    return {};
  }
  for (const auto& entry : *entries)
    if (!fits(entry.item))
      context.findings.error(entry.item.span,
                             fmt::format("'{}' of '{}' does not fit", entry.key, key),
                             fmt::format("write it as in {}", shape));
  return *entries;
}

} // namespace

std::vector<pipeline_test> check_tests(const core::value& section, spec_context& context) {
  std::vector<pipeline_test> tests;
  const auto* entries = section.list();
  if (!entries) {
    context.findings.error(section.span,
                           fmt::format("'tests' must be a list, got {}", got_text(section)),
                           "begin each test with '- name: ...'");
    return tests;
  }
  for (const auto& entry : *entries) {
    const auto checked = check_fields(entry, test_fields(), {"the test", entry.span}, context);
    if (!checked)
      continue;
    pipeline_test test;
    test.name = *checked->find("name")->text();
    test.span = entry.span;
    test.insert = entries_of(*checked->find("insert"), "insert", is_row_list,
                             "{tx: [{amount: 10}]}", context);
    test.expect = entries_of(*checked->find("expect"), "expect", is_expectation,
                             "{score: [\"score < 0.5\"]} or {score: {count: 1}}", context);
    tests.push_back(std::move(test));
  }
  return tests;
}

} // namespace lepton::pipelines
