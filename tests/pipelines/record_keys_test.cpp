#include "pipelines/record_keys.hpp"
#include "tests/pipelines/expression_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using ::testing::ElementsAre;
using ::testing::Pair;

namespace {

core::encoded_batch_ptr encoded(const core::batch_ptr& rows, std::vector<std::int32_t> written) {
  auto out = core::make_ref<core::encoded_batch>();
  out->origin = rows;
  for (const auto row : written) {
    out->records.push_back({static_cast<std::uint32_t>(out->bytes.size()), 1, 0, 0, row});
    out->bytes += 'p';
  }
  return out;
}

} // namespace

TEST(record_keys, writes_the_text_of_a_column) {
  const auto t = table{}.add("k", "int64?", {-5, null, 70});
  auto out = encoded(t.batch(), {0, 1, 2});
  record_keys{*t.schema(), "k", {}}.add(*out);
  EXPECT_EQ(out->key(out->records[0]), "-5");
  EXPECT_EQ(out->key(out->records[1]), "");
  EXPECT_EQ(out->key(out->records[2]), "70");
  EXPECT_EQ(out->payload(out->records[2]), "p");
  EXPECT_TRUE(out->headers.empty());
}

TEST(record_keys, takes_the_row_of_each_record) {
  const auto t = table{}.add("k", "string", {"a", "b", "c"});
  auto out = encoded(t.batch(), {2, 0});
  record_keys{*t.schema(), "k", {}}.add(*out);
  EXPECT_EQ(out->key(out->records[0]), "c");
  EXPECT_EQ(out->key(out->records[1]), "a");
}

TEST(record_keys, adds_headers_and_leaves_nulls_out) {
  const auto t = table{}.add("a", "float64", {1.5, 0.1}).add("b", "bool?", {true, null});
  auto out = encoded(t.batch(), {0, 1});
  record_keys{*t.schema(), "", {"a", "b"}}.add(*out);
  EXPECT_THAT(out->headers[0], ElementsAre(Pair("a", "1.5"), Pair("b", "true")));
  EXPECT_THAT(out->headers[1], ElementsAre(Pair("a", "0.1")));
}

TEST(record_keys, knows_when_there_is_nothing_to_do) {
  const auto t = table{}.add("a", "int64", {1});
  EXPECT_TRUE((record_keys{*t.schema(), "", {}}.empty()));
  EXPECT_FALSE((record_keys{*t.schema(), "a", {}}.empty()));
}

} // namespace lepton::pipelines::testing
