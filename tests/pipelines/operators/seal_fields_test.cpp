#include "tests/pipelines/pipeline_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

/// Runs rows through seal_fields and gives its output.
core::batch_ptr sealed(std::string_view fields, const table& input) {
  auto out =
      tested_operator{fmt::format("type: seal_fields, {}", fields), input}.run(input.batch());
  EXPECT_TRUE(out.failed.empty());
  return out.batches.at(0);
}

/// Opens what has the columns of `as` by now.
collected opened(std::string_view fields, const table& as, const core::batch_ptr& rows) {
  return tested_operator{fmt::format("type: open_fields, {}", fields), as}.run(rows);
}

table strings(const std::vector<std::string>& names) {
  table out;
  for (const auto& name : names)
    out.add(name, "string", {null});
  return out;
}

} // namespace

TEST(seal_fields, gives_back_values_of_each_type) {
  table input;
  input.add("b", "bool", {true, false, null})
      .add("i", "int32", {-7, 8, null})
      .add("l", "int64", {1, 2, null})
      .add("f", "float32", {1.5, -2.5, null})
      .add("d", "float64", {0.1, 1e300, null})
      .add("s", "string", {"canary", "", null});
  const auto out = sealed("key: pan, fields: [b, i, l, f, d, s]", input);
  for (const auto& row : show(*out))
    EXPECT_THAT(row, Not(HasSubstr("canary")));
  for (const auto& field : out->schema->fields())
    EXPECT_EQ(core::to_string(field.type), "string");
  const auto back =
      opened("key: pan, fields: {b: bool, i: int32, l: int64, f: float32, d: float64, "
             "s: string}",
             strings({"b", "i", "l", "f", "d", "s"}), out);
  EXPECT_TRUE(back.failed.empty());
  EXPECT_EQ(back.rows.at(0), show(*input.batch()));
}

TEST(seal_fields, leaves_the_other_columns_as_they_are) {
  const auto input = table{}.add("a", "int64", {1}).add("s", "string", {"x"});
  const auto batch = input.batch();
  const auto out =
      tested_operator{"type: seal_fields, key: pan, fields: [s]", input}.run(batch).batches.at(0);
  EXPECT_EQ(out->columns[0], batch->columns[0]);
}

TEST(seal_fields, hashes_equal_values_to_equal_texts_in_every_column) {
  const auto input =
      table{}.add("card", "int64", {4711, 4712, 4711}).add("other", "string", {"4711", "x", null});
  const auto out = sealed("key: pan, hash: [card, other]", input);
  const auto& card = *out->columns[0];
  const auto& other = *out->columns[1];
  EXPECT_EQ(card.string_at(0).size(), 32U);
  EXPECT_EQ(card.string_at(0), card.string_at(2));
  EXPECT_NE(card.string_at(0), card.string_at(1));
  EXPECT_EQ(card.string_at(0), other.string_at(0));
  EXPECT_FALSE(other.valid(2));
}

TEST(seal_fields, binds_a_value_to_its_column_and_key) {
  const auto input = table{}.add("a", "string", {"x"}).add("b", "string", {"y"});
  const auto out = sealed("key: pan, fields: [a, b]", input);
  const auto swapped = core::with_columns(*out, out->schema, {out->columns[1], out->columns[0]});
  const auto as = strings({"a", "b"});
  EXPECT_EQ(opened("key: pan, fields: {a: string, b: string}", as, swapped).failed.size(), 1U);
  EXPECT_EQ(opened("key: other, fields: {a: string}", as, out).failed.size(), 1U);
  EXPECT_THAT(opened("key: pan, fields: {a: int64}", as, out).failed,
              ElementsAre(HasSubstr("another type")));
  EXPECT_TRUE(opened("key: pan, fields: {b: string}", as, out).failed.empty());
}

TEST(seal_fields, makes_one_subject_unreadable_and_no_other) {
  const auto input =
      table{}.add("who", "string", {"ann", "bob", "ann"}).add("pan", "string", {"1", "2", "3"});
  const auto out = sealed("key: pan, fields: [pan], subject: who", input);
  const auto as = strings({"who", "pan"});
  const std::string fields = "key: pan, fields: {pan: string}, subject: who";
  EXPECT_EQ(opened(fields, as, out).rows.at(0).size(), 3U);
  the_test_keys().subjects->destroy("pan", "", "ann");
  const auto left = opened(fields, as, out);
  EXPECT_THAT(left.rows.at(0), ElementsAre("who=bob pan=2"));
  EXPECT_EQ(left.failed.size(), 2U);
  const auto again =
      tested_operator{"type: seal_fields, key: pan, fields: [pan], subject: who", input}.run(
          input.batch());
  EXPECT_EQ(again.failed.size(), 2U) << "nothing is sealed for a destroyed subject";
}

TEST(seal_fields, fails_rows_without_a_subject) {
  const auto input = table{}.add("who", "string", {null, "x"}).add("pan", "string", {"1", "2"});
  const auto out =
      tested_operator{"type: seal_fields, key: pan, fields: [pan], subject: who", input}.run(
          input.batch());
  EXPECT_THAT(out.failed, ElementsAre("0: the row names no subject"));
}

} // namespace lepton::pipelines::testing
