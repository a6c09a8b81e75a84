// Acknowledged links over real sockets.
#include "tests/connectors/zeromq/zeromq_harness.hpp"

#include <algorithm>
#include <filesystem>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;
using connectors::link_sink;
using connectors::link_source;

std::vector<std::string> expected_payloads(std::int64_t first, std::int64_t count) {
  std::vector<std::string> out;
  for (std::int64_t i = first; i < first + count; ++i)
    out.push_back(fmt::format("payload-{}", i));
  return out;
}

void write_numbered(running<link_sink>& sink, std::int64_t first, std::int64_t batches,
                    std::int64_t rows) {
  for (std::int64_t i = 0; i < batches; ++i)
    ASSERT_TRUE(sink.connector.write(numbered_batch(first + i * rows, rows)).ok());
}

TEST(link, carries_records_in_order_with_key_time_and_place) {
  const auto at = free_endpoint();
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  running<link_sink> sink{link_sink_to(at)};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 0, 50, 100);
  std::vector<core::raw_batch_ptr> kept;
  EXPECT_EQ(take_records(source, 5000, 10s, true, &kept), expected_payloads(0, 5000));
  EXPECT_EQ(take_completions(sink, 50), 50U);
  EXPECT_TRUE(sink.connector.connected());
  const auto first = kept.front()->records().front();
  EXPECT_EQ(first.key, "k0");
  EXPECT_EQ(first.timestamp_ms, 1'700'000'000'000);
  EXPECT_EQ(*kept.front()->topic, "edge-1/tests/out");
}

TEST(link, a_write_ends_only_when_the_receiver_has_settled_it) {
  const auto at = free_endpoint();
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  running<link_sink> sink{link_sink_to(at)};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 0, 2, 10);
  std::vector<core::raw_batch_ptr> kept;
  take_records(source, 20, 10s, false, &kept);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(take_completions(sink, 1, 300ms), 0U);
  source.connector.settled(*kept[1]); // not the first: nothing may be acknowledged yet
  EXPECT_EQ(take_completions(sink, 1, 300ms), 0U);
  source.connector.settled(*kept[0]);
  EXPECT_EQ(take_completions(sink, 2), 2U);
}

TEST(link, credit_bounds_what_a_slow_receiver_is_sent) {
  const auto at = free_endpoint();
  auto settings = link_source_at(at);
  settings.receiver.credit_records = 1000;
  running<link_source> source{settings};
  ASSERT_TRUE(source.open().ok());
  running<link_sink> sink{link_sink_to(at)};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 0, 100, 100);
  std::vector<core::raw_batch_ptr> kept;
  const auto first = take_records(source, 10'000, 1s, false, &kept);
  EXPECT_EQ(first.size(), 1000U); // and one batch at most beyond it, here none
  for (const auto& batch : kept)
    source.connector.settled(*batch);
  EXPECT_EQ(take_records(source, 9000).size(), 9000U);
  EXPECT_EQ(take_completions(sink, 100), 100U);
}

TEST(link, a_restarted_receiver_gets_again_what_it_had_not_settled_and_nothing_else) {
  const temp_dir folder{"link"};
  const auto at = free_endpoint();
  auto settings = link_source_at(at);
  settings.receiver.seen.path = (folder / "seen.log").string();
  running<link_sink> sink{link_sink_to(at)};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 0, 20, 100);
  std::vector<std::string> got;
  {
    running<link_source> source{settings};
    ASSERT_TRUE(source.open().ok());
    got = take_records(source, 500);
    take_records(source, 500, 5s, false); // handed out, never settled
  }
  running<link_source> source{settings};
  ASSERT_TRUE(source.open().ok());
  for (auto& each : take_records(source, 1500))
    got.push_back(std::move(each));
  EXPECT_EQ(got, expected_payloads(0, 2000));
  EXPECT_EQ(take_completions(sink, 20), 20U);
}

TEST(link, a_restarted_sender_that_reads_again_makes_no_repeats) {
  const auto at = free_endpoint();
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  std::vector<std::string> got;
  {
    running<link_sink> sink{link_sink_to(at)};
    ASSERT_TRUE(sink.open().ok());
    write_numbered(sink, 0, 10, 100);
    got = take_records(source, 1000);
  }
  running<link_sink> sink{link_sink_to(at)};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 500, 15, 70); // other batches of the same records, and 550 new ones
  for (auto& each : take_records(source, 550))
    got.push_back(std::move(each));
  EXPECT_EQ(got, expected_payloads(0, 1550));
  EXPECT_EQ(take_completions(sink, 15), 15U);
  EXPECT_EQ(source.count(core::metric::duplicates_removed), 500);
}

TEST(link, the_spool_takes_over_while_the_receiver_is_away_and_keeps_the_order) {
  const temp_dir folder{"link"};
  const auto at = free_endpoint();
  auto settings = link_sink_to(at);
  settings.spool_path = (folder / "spool").string();
  settings.spool_after = 50ms;
  {
    running<link_sink> sink{settings};
    ASSERT_TRUE(sink.open().ok());
    write_numbered(sink, 0, 30, 100);
    ASSERT_EQ(take_completions(sink, 30), 30U); // nobody listens, and the pipeline goes on
  } // the process ends
  running<link_sink> sink{settings};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 3000, 30, 100);
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  EXPECT_EQ(take_records(source, 6000, 20s), expected_payloads(0, 6000));
  EXPECT_EQ(take_completions(sink, 30), 30U);
  EXPECT_TRUE(eventually(5s, [&] {
    return std::count_if(std::filesystem::directory_iterator{folder / "spool"}, {},
                         [](const auto& each) { return each.path().extension() == ".spool"; }) == 0;
  })) << "what is acknowledged leaves the disk";
}

TEST(link, batches_of_few_records_leave_the_spool_in_few_messages) {
  const temp_dir folder{"link"};
  const auto at = free_endpoint();
  auto settings = link_sink_to(at);
  settings.spool_path = (folder / "spool").string();
  settings.spool_after = 50ms;
  running<link_sink> sink{settings};
  ASSERT_TRUE(sink.open().ok());
  write_numbered(sink, 0, 3000, 2);
  ASSERT_EQ(take_completions(sink, 3000), 3000U);
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  std::vector<core::raw_batch_ptr> kept;
  EXPECT_EQ(take_records(source, 6000, 20s, true, &kept), expected_payloads(0, 6000));
  EXPECT_LE(kept.size(), 4U);
}

TEST(link, a_full_disk_lets_the_writer_wait_and_a_broken_one_ends_it) {
  const temp_dir folder{"link"};
  const auto spool_at = [&](const char* name, const char* device) {
    auto settings = link_sink_to(free_endpoint()); // where nobody listens
    settings.spool_path = (folder / name).string();
    settings.spool_after = 50ms;
    std::filesystem::create_directory(settings.spool_path);
    running<link_sink> sink{settings};
    EXPECT_TRUE(sink.open().ok());
    std::filesystem::create_symlink(device, folder / name / "00000000000000000001.spool");
    write_numbered(sink, 0, 1, 10);
    std::vector<core::sink_completion> ended;
    std::string failure;
    EXPECT_TRUE(eventually(10s, [&] {
      const auto polled = sink.connector.poll(ended);
      failure = polled.ok() ? "" : polled.error().message();
      return !ended.empty() || !polled.ok();
    }));
    return failure;
  };
  EXPECT_EQ(spool_at("full", "/dev/full"), "") << "written at the second try";
  EXPECT_NE(spool_at("broken", "/dev/null").find("write out"), std::string::npos);
}

TEST(link, a_second_process_with_the_same_name_takes_over_and_the_first_is_told) {
  const auto at = free_endpoint();
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  running<link_sink> first{link_sink_to(at)};
  ASSERT_TRUE(first.open().ok());
  write_numbered(first, 0, 1, 1);
  EXPECT_EQ(take_records(source, 1).size(), 1U);
  running<link_sink> second{link_sink_to(at)};
  ASSERT_TRUE(second.open().ok());
  write_numbered(second, 1, 1, 1);
  EXPECT_EQ(take_records(source, 1).size(), 1U);
  std::string why;
  EXPECT_TRUE(eventually(5s, [&] {
    std::vector<core::sink_completion> ended;
    const auto polled = first.connector.poll(ended);
    why = polled.ok() ? "" : polled.error().message();
    return !polled.ok();
  }));
  EXPECT_NE(why.find("took over"), std::string::npos) << why;
}

TEST(link, a_record_that_is_too_large_fails_alone) {
  const auto at = free_endpoint();
  running<link_source> source{link_source_at(at)};
  ASSERT_TRUE(source.open().ok());
  running<link_sink> sink{link_sink_to(at)};
  ASSERT_TRUE(sink.open().ok());
  auto batch = numbered_batch(0, 2);
  batch->records[1].payload_begin = static_cast<std::uint32_t>(batch->bytes.size());
  batch->records[1].payload_size = (8u << 20) + 1;
  batch->bytes.resize(batch->bytes.size() + batch->records[1].payload_size);
  ASSERT_TRUE(sink.connector.write(batch).ok());
  EXPECT_EQ(take_records(source, 1), expected_payloads(0, 1));
  std::vector<core::sink_completion> ended;
  ASSERT_EQ(take_completions(sink, 1, 10s, &ended), 1U);
  ASSERT_EQ(ended[0].failed.size(), 1U);
  EXPECT_EQ(ended[0].failed[0].row, 1);
}

} // namespace
} // namespace lepton::tests
