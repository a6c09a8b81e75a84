// What comes out of a spool when small batches are joined.
#include "connectors/zeromq/joined_reader.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace lepton::tests {
namespace {

using namespace connectors;

class joined_batches : public testing::Test {
protected:
  void SetUp() override {
    spool_options options;
    options.path = (folder / "s").string();
    options.fsync = false;
    disk = std::move(*spool::open(std::move(options)));
  }

  /// A batch of records of `partition`, with offsets from `first` on.
  void put(std::int32_t partition, std::int64_t first, std::size_t count, std::size_t bytes = 1) {
    const std::string payload(bytes, 'x');
    std::vector<link_record> records;
    for (std::size_t i = 0; i < count; ++i)
      records.push_back({"k", payload, first + static_cast<std::int64_t>(i), 0, 5});
    const auto frame = write_link_batch({"topic", 0, partition, 0}, records);
    ASSERT_TRUE(*disk->append(std::string_view{frame}.substr(link_batch_head)));
  }

  /// "partition:first+count" of the next message, "" at the end.
  std::string next(std::size_t limit = joined_reader::most_records) {
    auto got = reader.next(*disk, limit);
    EXPECT_TRUE(got.ok());
    if (!got.ok() || !*got)
      return "";
    set_link_sequence((*got)->frame, 1);
    const auto read = read_link_frame((*got)->frame);
    EXPECT_TRUE(read.ok());
    const auto& batch = std::get<link_batch>(*read);
    EXPECT_EQ(batch.records.size(), static_cast<std::size_t>((*got)->records));
    for (std::size_t i = 1; i < batch.records.size(); ++i)
      EXPECT_EQ(batch.records[i].offset, batch.records[i - 1].offset + 1);
    last = (*got)->last;
    return fmt::format("{}:{}+{}", batch.origin.partition, batch.records.front().offset,
                       batch.records.size());
  }

  const temp_dir folder{"joined"};
  std::unique_ptr<spool> disk;
  joined_reader reader;
  std::uint64_t last = 0;
};

TEST_F(joined_batches, are_of_one_origin_and_keep_the_order) {
  put(0, 0, 2);
  put(0, 2, 3);
  put(1, 0, 1);
  put(0, 5, 1);
  EXPECT_EQ(next(), "0:0+5");
  EXPECT_EQ(last, 2U) << "what may go when it is acknowledged";
  EXPECT_TRUE(reader.has_more(*disk));
  EXPECT_EQ(next(), "1:0+1");
  EXPECT_EQ(next(), "0:5+1");
  EXPECT_FALSE(reader.has_more(*disk));
  EXPECT_EQ(next(), "");
}

TEST_F(joined_batches, end_at_the_limits_of_records_and_bytes) {
  for (int i = 0; i < 10; ++i)
    put(0, i * 10, 10);
  EXPECT_EQ(next(25), "0:0+20");
  EXPECT_EQ(next(1), "0:20+10") << "one batch is never cut";
  EXPECT_EQ(next(), "0:30+70");
  const auto half = static_cast<std::size_t>(joined_reader::most_bytes / 2);
  for (int i = 0; i < 3; ++i)
    put(0, 100 + i, 1, half - 10);
  EXPECT_EQ(next(), "0:100+2");
  EXPECT_EQ(next(), "0:102+1");
}

TEST_F(joined_batches, leave_out_what_is_no_batch) {
  put(0, 0, 1);
  ASSERT_TRUE(*disk->append("of another version"));
  put(0, 1, 1);
  EXPECT_EQ(next(), "0:0+2");
  EXPECT_EQ(last, 3U);
}

} // namespace
} // namespace lepton::tests
