#include "tests/connectors/kafka/kafka_topics.hpp"

#include <gmock/gmock.h>

#include <set>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

using place = std::pair<std::int32_t, std::int64_t>;

std::set<place> places_of(const lane& from) {
  std::set<place> out;
  for (const auto& record : from.records)
    out.emplace(record.partition, record.offset);
  return out;
}

std::set<std::int32_t> partitions_of(const lane& from) {
  std::set<std::int32_t> out;
  for (const auto& record : from.records)
    out.insert(record.partition);
  return out;
}

/// Both lanes have their turn until `enough`.
void run_both(lane& a, lane& b, std::chrono::seconds limit, const std::function<bool()>& enough) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!enough() && std::chrono::steady_clock::now() < end) {
    a.run(1ms, enough);
    b.run(1ms, enough);
  }
}

class kafka_rebalance : public testing::TestWithParam<const char*> {
protected:
  std::map<std::string, std::string> strategy() const {
    return {{"partition.assignment.strategy", GetParam()}};
  }
  std::string topic(const std::string& name) const { return name + "-" + GetParam(); }
};

TEST_P(kafka_rebalance, moves_partitions_without_reading_settled_records_again) {
  auto& broker = kafka_broker::shared();
  const auto name = topic("shared");
  broker.create_topic(name, 4);
  broker.produce(name, numbered(0, 4000));
  lane a{source_of(broker, name), false, strategy()};
  ASSERT_TRUE(a.open().ok());
  a.run(20s, [&] { return a.records.size() == 4000; });
  lane b{source_of(broker, name), false, strategy()};
  ASSERT_TRUE(b.open().ok());
  run_both(a, b, 30s, [&] { return b.source->lag() == 0; }); // it has partitions now
  broker.produce(name, numbered(4000, 4000));
  run_both(a, b, 30s, [&] { return a.records.size() + b.records.size() >= 8000; });
  EXPECT_EQ(a.records.size() + b.records.size(), 8000U); // none twice
  EXPECT_EQ(partitions_of(b).size(), 2U);
  EXPECT_EQ(a.error + b.error, "");

  a.close(); // leaves: b takes over
  broker.produce(name, numbered(8000, 1000));
  const auto so_far = a.records.size();
  b.run(30s, [&] { return so_far + b.records.size() >= 9000; });
  EXPECT_EQ(so_far + b.records.size(), 9000U);
  EXPECT_EQ(partitions_of(b).size(), 4U);
}

TEST_P(kafka_rebalance, waits_for_what_is_under_way_in_partitions_that_go) {
  auto& broker = kafka_broker::shared();
  const auto name = topic("under_way");
  broker.create_topic(name, 2);
  broker.produce(name, numbered(0, 1000));
  lane a{source_of(broker, name), false, strategy()};
  ASSERT_TRUE(a.open().ok());
  a.hold = true;
  a.run(20s, [&] { return a.records.size() == 1000; });
  lane b{source_of(broker, name), false, strategy()};
  ASSERT_TRUE(b.open().ok());
  run_both(a, b, 2s, [] { return false; });
  EXPECT_TRUE(b.records.empty()); // a has not let go
  for (const auto& batch : a.held) {
    EXPECT_TRUE(a.source->owns(*batch));
    a.settle(batch);
  }
  run_both(a, b, 20s, [&] { return b.source->lag() == 0; });
  EXPECT_TRUE(b.records.empty()); // everything was settled and committed before it moved
  const auto owned = std::count_if(a.held.begin(), a.held.end(),
                                   [&](const auto& batch) { return a.source->owns(*batch); });
  EXPECT_LT(owned, static_cast<std::ptrdiff_t>(a.held.size()));
}

TEST_P(kafka_rebalance, never_commits_what_is_not_settled) {
  auto& broker = kafka_broker::shared();
  const auto name = topic("unsettled");
  broker.create_topic(name, 2);
  broker.produce(name, numbered(0, 2000));
  lane a{source_of(broker, name, {{"batch.max_records", "100"}}), false, strategy()};
  ASSERT_TRUE(a.open().ok());
  a.hold = true;
  a.run(20s, [&] { return a.records.size() == 2000; });
  std::set<place> settled;
  for (std::size_t i = 0; i < a.held.size(); i += 2) { // every other batch never settles
    for (const auto& record : a.held[i]->records())
      settled.emplace(a.held[i]->partition, record.offset);
    a.settle(a.held[i]);
  }
  lane b{source_of(broker, name), false, strategy()};
  ASSERT_TRUE(b.open().ok());
  run_both(a, b, 30s, [&] { return b.source->lag() == 0; }); // a gives up waiting after 8 s
  const auto moved = partitions_of(b);
  ASSERT_EQ(moved.size(), 1U);
  const auto again = places_of(b);
  for (const auto& each : places_of(a))
    if (moved.contains(each.first)) {
      EXPECT_TRUE(settled.contains(each) || again.contains(each))
          << "partition " << each.first << ", offset " << each.second;
    }
}

INSTANTIATE_TEST_SUITE_P(by, kafka_rebalance, testing::Values("range", "cooperative-sticky"),
                         [](const auto& each) {
                           return std::string{each.param} == "range" ? "range" : "cooperative";
                         });

TEST(kafka_group, keeps_a_member_that_has_no_credit) {
  auto& broker = kafka_broker::shared();
  broker.create_topic("patient", 1);
  broker.produce("patient", numbered(0, 100'000));
  lane reader{source_of(broker, "patient", {{"session_timeout", "2s"}}),
              false,
              {{"max.poll.interval.ms", "2000"}}};
  ASSERT_TRUE(reader.open().ok());
  reader.hold = true;
  reader.run(20s, [&] { return reader.records.size() >= 1024; });
  reader.idle(4s); // twice the interval, with a full prefetch and nothing taken
  for (const auto& batch : reader.held)
    EXPECT_TRUE(reader.source->owns(*batch));
  reader.run(20s, [&] { return reader.records.size() == 100'000; });
  EXPECT_EQ(places_of(reader).size(), 100'000U);
  EXPECT_EQ(reader.records.size(), 100'000U);
}

} // namespace
} // namespace lepton::tests
