#include "pipelines/config/redaction.hpp"

#include <gtest/gtest.h>

namespace lepton::pipelines {

TEST(redaction, shows_a_reference_for_a_whole_word_only) {
  redaction hidden;
  hidden.add_reference("pay", "${A}");
  hidden.add_reference("payments", "${TOPIC}");
  EXPECT_EQ(hidden.message("payments, prepayments and 'pay'"), "${TOPIC}, prepayments and '${A}'");
}

TEST(redaction, leaves_short_values_alone_unless_quoted) {
  redaction hidden;
  hidden.add_reference("1", "${N}");
  EXPECT_EQ(hidden.message("at least 1, got '1'"), "at least 1, got '${N}'");
}

TEST(redaction, replaces_a_long_value_before_its_part) {
  redaction hidden;
  hidden.add_secret("hunter2", "${A}");
  hidden.add_secret("hunter2-extended", "${B}");
  EXPECT_EQ(hidden.message("hunter2-extended hunter2"), "${B} ${A}");
}

TEST(redaction, hides_a_secret_inside_of_words_too) {
  redaction hidden;
  hidden.add_secret("hunter2", "file:pw");
  EXPECT_EQ(hidden.message("cannot open xhunter2y"), "cannot open xfile:pwy");
}

TEST(redaction, stars_a_secret_of_the_file_in_excerpts) {
  redaction hidden;
  hidden.add_literal("s3cr3t");
  EXPECT_EQ(hidden.excerpt("user: a # s3cr3t\n"), "user: a # ******\n");
  EXPECT_EQ(hidden.message("got 's3cr3t'"), "got '***'");
}

TEST(redaction, stars_what_stands_behind_a_key_that_sounds_like_a_secret) {
  const redaction hidden;
  EXPECT_EQ(hidden.excerpt("a: {sasl_password: hunter2, topic: t}"),
            "a: {sasl_password: *******, topic: t}");
  EXPECT_EQ(hidden.excerpt("sasl.password: \"a b, c\" # x"), "sasl.password: ******** # x");
  EXPECT_EQ(hidden.excerpt("\"Auth-Token\" : t0k3n\nnext: 1"), "\"Auth-Token\" : t0k3n\nnext: 1");
  EXPECT_EQ(hidden.excerpt("\"Auth-Token\": t0k3n\nnext: 1"), "\"Auth-Token\": *****\nnext: 1");
  EXPECT_EQ(hidden.excerpt("client_secret: 'unclosed"), "client_secret: *********");
}

TEST(redaction, keeps_references_to_secrets_readable) {
  const redaction hidden;
  for (const char* text : {"password: ${PW}", "password: \"${PW:-}\"", "password: file:/run/pw",
                           "secrets: {a: b}", "password:\n  x: y", "topic: password"})
    EXPECT_EQ(hidden.excerpt(text), text);
}

} // namespace lepton::pipelines
