#include "tests/golden/golden_files.hpp"

#include <gtest/gtest.h>

namespace lepton::tests {

namespace {

class diagnostics_golden : public testing::TestWithParam<std::filesystem::path> {};

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& info) {
  auto name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

} // namespace

TEST_P(diagnostics_golden, says_where_why_and_what_to_do) {
  const auto checked = check_golden(GetParam());
  EXPECT_FALSE(checked.file.pipeline.has_value());
  EXPECT_TRUE(checked.findings.has_errors());
  for (const auto& finding : checked.findings.all()) {
    EXPECT_TRUE(finding.span.known()) << finding.message;
    EXPECT_FALSE(finding.message.empty());
    EXPECT_FALSE(finding.hint.empty()) << finding.message;
  }
  expect_golden(GetParam(), ".txt", checked.rendered);
}

TEST_P(diagnostics_golden, never_shows_a_secret) {
  const auto checked = check_golden(GetParam());
  EXPECT_EQ(checked.rendered.find("correct-horse-battery"), std::string::npos);
  EXPECT_EQ(checked.rendered.find("plain-secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(files, diagnostics_golden, testing::ValuesIn(golden_inputs("diagnostics")),
                         test_name);

TEST(diagnostics_golden_set, covers_a_hundred_faults_and_files_with_several) {
  const auto inputs = golden_inputs("diagnostics");
  EXPECT_GE(inputs.size(), 100u);
  std::size_t with_several = 0;
  for (const auto& input : inputs)
    with_several += check_golden(input).findings.error_count() >= 4 ? 1 : 0;
  EXPECT_GE(with_several, 5u);
}

} // namespace lepton::tests
