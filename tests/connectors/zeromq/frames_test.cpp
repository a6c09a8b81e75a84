// Messages of a link and plain messages, right and wrong ones.
#include "connectors/zeromq/link_frames.hpp"
#include "connectors/zeromq/plain_frames.hpp"
#include "connectors/zeromq/seen_records.hpp"
#include "connectors/zeromq/seen_table.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>
#include <set>

namespace lepton::tests {
namespace {

using namespace connectors;

std::string sample_batch() {
  std::vector<link_record> records;
  for (int i = 0; i < 5; ++i)
    records.push_back({"key", "some payload", i * 10, static_cast<std::uint32_t>(i), 1000 + i});
  auto frame = write_link_batch({"topic", 7, 3, 1}, records);
  set_link_sequence(frame, 42);
  return frame;
}

std::vector<std::string> samples() {
  return {write_link_frame(link_hello{9, 1, 2, "edge-1", "p/out"}),
          write_link_frame(link_grant{9, 2, 41, 32768, 1 << 23}),
          write_link_frame(link_refusal{true, "why"}),
          write_link_frame(link_reset{}),
          write_link_frame(link_heartbeat{}),
          write_link_frame(link_goodbye{}),
          sample_batch()};
}

void put_at(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  std::memcpy(bytes.data() + at, &value, size);
}

TEST(link_frames, are_read_as_they_were_written) {
  const auto frame = sample_batch();
  const auto read = read_link_frame(frame);
  ASSERT_TRUE(read.ok());
  const auto& batch = std::get<link_batch>(*read);
  EXPECT_EQ(batch.sequence, 42U);
  EXPECT_EQ(batch.origin, (link_origin{"topic", 7, 3, 1}));
  ASSERT_EQ(batch.records.size(), 5U);
  EXPECT_EQ(batch.records[4].key, "key");
  EXPECT_EQ(batch.records[4].payload, "some payload");
  EXPECT_EQ(batch.records[4].offset, 40);
  EXPECT_EQ(batch.records[4].row, 4U);
  EXPECT_EQ(batch.records[4].timestamp, 1004);
  EXPECT_EQ(frame_link_body(std::string_view{frame}.substr(link_batch_head)).substr(16),
            frame.substr(16));
  const auto all = samples(); // what was read points into it
  const auto hello = read_link_frame(all[0]);
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(std::get<link_hello>(*hello).edge, "edge-1");
}

TEST(link_frames, every_cut_and_every_extension_is_refused) {
  for (const auto& frame : samples()) {
    for (std::size_t size = 0; size < frame.size(); ++size)
      EXPECT_FALSE(read_link_frame(frame.substr(0, size)).ok()) << size;
    EXPECT_FALSE(read_link_frame(frame + "x").ok());
  }
}

TEST(link_frames, sizes_and_counts_at_their_borders_are_refused) {
  const auto frame = sample_batch();
  const std::size_t count_at = 16 + 2 + 5 + 8 + 4 + 4;
  const std::size_t sizes_at = count_at + 4 + 20; // key, payload of the first record
  for (const std::uint64_t wrong :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{65'536}, std::uint64_t{65'537},
        std::uint64_t{1} << 31, std::uint64_t{0xffffffff}}) {
    for (const auto at : {count_at, sizes_at, sizes_at + 4}) {
      auto changed = frame;
      put_at(changed, at, wrong, 4);
      EXPECT_FALSE(read_link_frame(changed).ok()) << at << " " << wrong;
    }
  }
  for (const auto& [at, size] :
       std::vector<std::pair<std::size_t, std::size_t>>{{6, 2},                // flags
                                                        {8, 8},                // sequence
                                                        {count_at + 4, 8},     // offset
                                                        {count_at + 12, 4},    // row
                                                        {count_at + 16, 8}}) { // time
    auto changed = frame;
    put_at(changed, at, at == 8 ? 0 : std::uint64_t{1} << 63 | std::uint64_t{1} << 31 | 1, size);
    EXPECT_FALSE(read_link_frame(changed).ok()) << at;
  }
}

TEST(link_frames, another_version_is_told_from_garbage) {
  auto frame = samples()[0];
  frame[4] = 2;
  EXPECT_EQ(read_link_frame(frame).error().code(), core::errc::unsupported);
  EXPECT_EQ(read_link_frame("GET / HTTP/1.1\r\n").error().code(), core::errc::malformed);
}

TEST(link_frames, a_million_random_changes_crash_nothing) {
  std::mt19937_64 random{11};
  const auto originals = samples();
  std::size_t good = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    auto frame = originals[random() % originals.size()];
    for (auto changes = 1 + random() % 4; changes != 0; --changes) {
      const auto at = random() % frame.size();
      switch (random() % 4) {
        case 0: frame[at] = static_cast<char>(random()); break;
        case 1: frame[at] = static_cast<char>(frame[at] ^ (1 << (random() % 8))); break;
        case 2: frame.erase(at, 1 + random() % 8); break;
        default: frame.insert(at, 1 + random() % 8, static_cast<char>(random()));
      }
      if (frame.empty())
        frame = "x";
    }
    const auto read = read_link_frame(frame);
    if (!read.ok())
      continue;
    ++good;
    if (const auto* batch = std::get_if<link_batch>(&*read)) {
      std::size_t bytes = 0;
      for (const auto& record : batch->records)
        bytes += record.key.size() + record.payload.size();
      ASSERT_LT(bytes, frame.size());
    }
  }
  EXPECT_GT(good, 0U); // offsets and payload bytes may be anything
}

TEST(plain_frames, one_to_three_frames_are_told_apart) {
  const auto numbered = write_sequence_frame(5, 77);
  plain_message message;
  ASSERT_TRUE(read_plain_message({"p"}, message));
  EXPECT_EQ(message.payload, "p");
  ASSERT_TRUE(read_plain_message({"k", "p"}, message));
  EXPECT_EQ(message.key, "k");
  ASSERT_TRUE(read_plain_message({"p", numbered}, message));
  EXPECT_EQ(message.payload, "p");
  EXPECT_EQ(message.number, 77U);
  ASSERT_TRUE(read_plain_message({"k", "p", numbered}, message));
  EXPECT_EQ(message.sender, 5U);
  ASSERT_TRUE(read_plain_message({numbered}, message)) << "one frame is always a payload";
  EXPECT_FALSE(read_plain_message({"a", "b", "c"}, message));
  EXPECT_FALSE(read_plain_message({}, message));
}

TEST(gap_counter, counts_what_is_missing_of_each_sender) {
  gap_counter gaps;
  EXPECT_EQ(gaps.missing_before(1, 10), 0U); // a late joiner misses nothing
  EXPECT_EQ(gaps.missing_before(1, 11), 0U);
  EXPECT_EQ(gaps.missing_before(2, 1), 0U);
  EXPECT_EQ(gaps.missing_before(1, 15), 3U);
  EXPECT_EQ(gaps.missing_before(2, 2), 0U);
}

TEST(seen_records, are_an_exact_set_above_the_watermark) {
  std::mt19937 random{3};
  seen_records tested{100'000};
  std::set<record_place> model;
  for (int i = 0; i < 50'000; ++i) {
    const record_place place{static_cast<std::int64_t>(random() % 30'000),
                             static_cast<std::uint32_t>(random() % 3)};
    ASSERT_EQ(tested.add(place) == seen_records::answer::added, model.insert(place).second);
  }
  EXPECT_EQ(tested.size(), model.size());
}

TEST(seen_records, forget_the_lowest_when_the_window_is_full) {
  seen_records tested{10'000};
  for (std::int64_t i = 0; i < 1'000'000; ++i)
    ASSERT_EQ(tested.add({i, 0}), seen_records::answer::added);
  EXPECT_LE(tested.size(), 10'000U);
  EXPECT_EQ(tested.add({0, 0}), seen_records::answer::too_old);
  EXPECT_EQ(tested.add({999'999, 0}), seen_records::answer::seen);
  EXPECT_EQ(tested.add({1'000'000, 0}), seen_records::answer::added);
}

TEST(seen_table, remembers_what_was_settled_and_only_that) {
  const temp_dir folder{"seen"};
  const seen_table::options options{(folder / "seen").string(), 1'000'000, 100};
  const origin_key key{"e", "s", "topic", 0, 1, 0};
  {
    seen_table first;
    ASSERT_TRUE(first.open(options).ok());
    for (std::int64_t i = 0; i < 10; ++i)
      first.find(key).records.add({i, 0});
    first.handed_out(key, {{5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}});
    ASSERT_TRUE(
        first.settled(first.handed_out(key, {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}})).ok());
  }
  for (int life = 0; life < 2; ++life) { // what was written anew at the start says the same
    seen_table second;
    ASSERT_TRUE(second.open(options).ok());
    for (std::int64_t i = 0; life == 1 && i < 10; ++i)
      EXPECT_EQ(second.find(key).records.add({i, 0}),
                i < 5 ? seen_records::answer::seen : seen_records::answer::added);
  }
}

TEST(seen_table, a_cut_last_entry_is_dropped_and_damage_is_an_error) {
  const temp_dir folder{"seen"};
  const seen_table::options options{(folder / "seen").string(), 1'000'000, 100};
  const origin_key key{"e", "s", "topic", 0, 1, 0};
  {
    seen_table first;
    ASSERT_TRUE(first.open(options).ok());
    ASSERT_TRUE(first.settled(first.handed_out(key, {{1, 0}})).ok());
    ASSERT_TRUE(first.settled(first.handed_out(key, {{2, 0}})).ok());
  }
  const auto whole = read_file(folder / "seen");
  const auto open = [&](std::string_view bytes) {
    std::ofstream{folder / "seen", std::ios::binary | std::ios::trunc} << bytes;
    seen_table opened;
    return opened.open(options).ok();
  };
  EXPECT_TRUE(open(std::string_view{whole}.substr(0, whole.size() - 3)));
  auto damaged = whole;
  damaged[20] = static_cast<char>(damaged[20] ^ 1);
  EXPECT_FALSE(open(damaged));
}

} // namespace
} // namespace lepton::tests
