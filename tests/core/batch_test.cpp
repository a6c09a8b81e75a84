#include "core/batch.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lepton {

using core::type_id;

namespace {

core::ref_ptr<core::batch> numbers(std::int64_t rows) {
  auto schema = std::make_shared<const core::schema>(
      std::vector<core::field>{{"a", {type_id::int64}, false}, {"b", {type_id::int64}, false}});
  std::vector<core::column_ptr> columns;
  for (int c = 0; c < 2; ++c) {
    auto made = core::make_ref<core::column>(core::data_type{type_id::int64});
    made->resize_rows(rows);
    for (std::int64_t i = 0; i < rows; ++i)
      made->as_mutable<std::int64_t>()[static_cast<std::size_t>(i)] = 100 * c + i;
    columns.emplace_back(made);
  }
  return core::make_ref<core::batch>(schema, std::move(columns), rows);
}

} // namespace

TEST(batch, keeps_the_provenance_of_taken_rows) {
  auto from = numbers(6);
  from->model_version = std::make_shared<const std::string>("score=3");
  const std::array<std::int32_t, 3> rows{1, 3, 5};
  const auto some = take(*from, rows);
  EXPECT_EQ(some->rows, 3);
  EXPECT_EQ(some->raw_row(0), 1);
  EXPECT_EQ(some->raw_row(2), 5);
  EXPECT_EQ((*some)[1].as<std::int64_t>()[2], 105);
  EXPECT_EQ(some->model_version, from->model_version);
  const std::array<std::int32_t, 1> last{2};
  const auto one = take(*some, last);
  EXPECT_EQ(one->raw_row(0), 5) << "through two takes";
}

TEST(batch, takes_only_the_columns_that_are_kept) {
  const auto from = numbers(4);
  const std::array<std::int32_t, 1> rows{2};
  const auto some = take(*from, rows, {false, true});
  EXPECT_FALSE(some->columns[0]);
  EXPECT_EQ((*some)[1].as<std::int64_t>()[0], 102);
  const auto again = take(*some, std::array<std::int32_t, 1>{0});
  EXPECT_FALSE(again->columns[0]);
  EXPECT_EQ(some->byte_size(), 8);
}

TEST(batch, shares_columns_when_others_are_set) {
  const auto from = numbers(4);
  auto schema = std::make_shared<const core::schema>(
      std::vector<core::field>{{"b", {type_id::int64}, false}});
  const auto other = with_columns(*from, schema, {from->columns[1]});
  EXPECT_EQ(other->rows, 4);
  EXPECT_EQ(other->columns[0], from->columns[1]);
}

} // namespace lepton
