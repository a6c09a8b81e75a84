#include "connectors/generator/generator_source.hpp"

#include "connectors/formats/json/json_decoder.hpp"
#include "tests/connectors/records.hpp"
#include "tests/support/eventually.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace lepton::tests {

namespace {

using connectors::generator_options;
using connectors::generator_source;
using connectors::record_kind;

bool same(const core::column& a, std::int64_t row_a, const core::column& b, std::int64_t row_b) {
  if (a.type.is_variable_size())
    return a.string_at(row_a) == b.string_at(row_b);
  if (a.type.id == core::type_id::boolean)
    return a.boolean_at(row_a) == b.boolean_at(row_b);
  const auto size = a.type.value_size();
  return std::memcmp(a.values.data() + static_cast<std::size_t>(row_a) * size,
                     b.values.data() + static_cast<std::size_t>(row_b) * size, size) == 0;
}

/// Polls until the source is exhausted; returns the batches.
std::vector<core::raw_batch_ptr> run(const generator_options& options, core::poll_budget budget) {
  generator_source source{options};
  EXPECT_TRUE(source.open({}).ok());
  std::vector<core::raw_batch_ptr> out;
  EXPECT_TRUE(eventually(std::chrono::seconds{20}, [&] {
    for (;;) {
      auto polled = source.poll(budget);
      if (polled->state == core::source_state::exhausted)
        return true;
      if (polled->state == core::source_state::idle)
        return false;
      out.push_back(std::move(polled->batch));
    }
  }));
  return out;
}

generator_options counted(const record_kind& kind, std::int64_t count, bool json = false) {
  generator_options options;
  options.kind = &kind;
  options.seed = 7;
  options.count = count;
  options.json = json;
  return options;
}

double share_of(const core::column& column) {
  std::int64_t yes = 0;
  for (std::int64_t row = 0; row < column.rows; ++row)
    yes += column.boolean_at(row);
  return static_cast<double>(yes) / static_cast<double>(column.rows);
}

} // namespace

TEST(generator, makes_the_same_records_whatever_the_batches_are) {
  for (const auto* kind : {&connectors::card_records(), &connectors::sensor_records()}) {
    const auto whole = kind->make(7, 0, 1000);
    connectors::generated_decoder decoder;
    std::int64_t at = 0;
    for (const auto& batch : run(counted(*kind, 1000), {77, 1 << 20})) {
      core::decoded out;
      decoder.decode(*batch, out);
      ASSERT_EQ(out.columns.size(), kind->schema->size());
      for (std::int64_t row = 0; row < out.rows; ++row, ++at) {
        ASSERT_EQ(batch->records()[static_cast<std::size_t>(row)].offset, at);
        for (std::size_t c = 0; c < out.columns.size(); ++c)
          ASSERT_TRUE(same(*out.columns[c], row, *whole[c], at)) << kind->name << c << " " << at;
      }
    }
    EXPECT_EQ(at, 1000);
  }
}

TEST(generator, another_seed_makes_other_records) {
  const auto& kind = connectors::card_records();
  const auto a = kind.make(1, 0, 10);
  const auto b = kind.make(2, 0, 10);
  EXPECT_FALSE(same(*a[5], 0, *b[5], 0));
  EXPECT_FALSE(same(*a[5], 0, *a[5], 1));
}

TEST(generator, json_has_the_same_records) {
  for (const auto* kind : {&connectors::card_records(), &connectors::sensor_records()}) {
    std::vector<core::schema_entry> entries;
    for (const auto& field : kind->schema->fields())
      entries.push_back(entry(field.name, core::to_string(field.type)));
    core::diagnostics findings;
    connectors::json_decoder decoder{connectors::json_layout::make(entries, false, findings)};
    const auto whole = kind->make(7, 0, 500);
    std::int64_t at = 0;
    for (const auto& batch : run(counted(*kind, 500, true), {100, 1 << 20})) {
      core::decoded out;
      decoder.decode(*batch, out);
      ASSERT_TRUE(out.errors.empty()) << out.errors[0].reason;
      for (std::int64_t row = 0; row < out.rows; ++row, ++at)
        for (std::size_t c = 0; c < out.columns.size(); ++c)
          ASSERT_TRUE(same(*out.columns[c], row, *whole[c], at)) << kind->name << c;
    }
    EXPECT_EQ(at, 500);
  }
}

TEST(generator, plants_about_two_frauds_in_a_hundred_at_all_hours) {
  const auto cards = connectors::card_records().make(7, 0, 500'000); // one day
  EXPECT_NEAR(share_of(*cards[6]), 0.02, 0.003);
  double sum = 0;
  double squares = 0;
  for (const float value : cards[5]->as<float>()) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  EXPECT_NEAR(sum / (500'000 * 28), 0, 0.005);
  EXPECT_NEAR(squares / (500'000 * 28), 1, 0.005);
  for (const double amount : cards[3]->as<double>()) {
    ASSERT_GT(amount, 0.0);
    ASSERT_LT(amount, 1e5);
  }
}

TEST(generator, has_jams_mostly_in_the_rush_hours) {
  const auto& kind = connectors::sensor_records();
  const auto day = kind.make(7, 0, 24 * 3600 * 25);
  const auto share = share_of(*day[7]);
  EXPECT_GT(share, 0.05);
  EXPECT_LT(share, 0.4);
  std::int64_t night = 0;
  std::int64_t rush = 0;
  for (std::int64_t row = 0; row < day[7]->rows; ++row) {
    const auto hour = day[2]->as<std::int64_t>()[static_cast<std::size_t>(row)] / 3'600'000 % 24;
    night += day[7]->boolean_at(row) && hour == 3;
    rush += day[7]->boolean_at(row) && hour == 17;
  }
  EXPECT_GT(rush, 10 * night);
}

TEST(generator, keeps_to_its_rate_and_its_end) {
  auto options = counted(connectors::card_records(), 1'000'000);
  options.rate = 20'000;
  options.duration = std::chrono::milliseconds{100};
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t records = 0;
  for (const auto& batch : run(options, {1000, 1 << 20}))
    records += batch->record_count;
  EXPECT_EQ(records, 2000); // rate times duration, exactly
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{99});
}

TEST(generator, ends_after_its_duration) {
  generator_options options;
  options.kind = &connectors::card_records();
  options.duration = std::chrono::nanoseconds{0};
  EXPECT_TRUE(run(options, {1000, 1 << 20}).empty());
}

} // namespace lepton::tests
