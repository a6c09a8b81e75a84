#include "pipelines/config/environment.hpp"

#include <gtest/gtest.h>

namespace lepton::pipelines {

namespace {

struct replaced {
  std::optional<std::string> text;
  core::diagnostics findings;
  redaction hidden;
};

replaced replace(std::string_view text) {
  const auto variables = [](const std::string& name) -> std::optional<std::string> {
    if (name == "TOPIC")
      return "payments";
    if (name == "EMPTY")
      return "";
    if (name == "NESTED")
      return "${TOPIC}";
    return std::nullopt;
  };
  replaced out;
  out.text = substitute(text, {3, 4, 5}, variables, out.hidden, out.findings);
  return out;
}

} // namespace

TEST(environment, replaces_a_variable_inside_a_text) {
  EXPECT_EQ(replace("a-${TOPIC}-b${TOPIC}").text, "a-payments-bpayments");
}

TEST(environment, takes_the_default_where_a_variable_is_unset_or_empty) {
  EXPECT_EQ(replace("${NONE:-x:y}").text, "x:y");
  EXPECT_EQ(replace("${EMPTY:-x}").text, "x");
  EXPECT_EQ(replace("${NONE:-}").text, "");
  EXPECT_EQ(replace("${TOPIC:-x}").text, "payments");
}

TEST(environment, leaves_an_empty_variable_empty) {
  EXPECT_EQ(replace("[${EMPTY}]").text, "[]");
}

TEST(environment, keeps_dollar_signs_that_are_no_reference) {
  EXPECT_EQ(replace("$1 costs $$2 $${TOPIC} $").text, "$1 costs $2 ${TOPIC} $");
}

TEST(environment, does_not_replace_inside_a_value) {
  EXPECT_EQ(replace("${NESTED}").text, "${TOPIC}");
}

TEST(environment, reports_each_variable_that_is_not_set) {
  const auto out = replace("${A} ${TOPIC} ${B}");
  EXPECT_EQ(out.text, std::nullopt);
  ASSERT_EQ(out.findings.error_count(), 2u);
  EXPECT_EQ(out.findings.all()[0].message, "the environment variable A is not set");
  EXPECT_EQ(out.findings.all()[1].hint, "set it, or give a default: ${B:-...}");
  EXPECT_EQ(out.findings.all()[0].span, (core::source_span{3, 4, 5}));
}

TEST(environment, reports_what_is_no_reference) {
  for (const char* text : {"${", "${}", "${TOPIC", "${A B}", "${1A}", "${A-x}"})
    EXPECT_EQ(replace(text).findings.error_count(), 1u) << text;
}

TEST(environment, tells_the_redaction_what_it_put_in) {
  EXPECT_EQ(replace("${TOPIC}").hidden.message("topic 'payments' is unknown"),
            "topic '${TOPIC}' is unknown");
}

} // namespace lepton::pipelines
