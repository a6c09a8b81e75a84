#include "crypto/envelope/batch_frame.hpp"

#include <gtest/gtest.h>

namespace lepton::crypto {

TEST(batch_frame, comes_back_as_it_was_written) {
  const std::vector<framed_record> records{{"k1", "payload", 7}, {"", "", -1}, {"key", "", 0}};
  std::string frame = "before";
  frame_records(records, frame);
  std::vector<framed_record> read;
  ASSERT_TRUE(unframe_records(std::string_view{frame}.substr(6), 3, read).ok());
  ASSERT_EQ(read.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read[i].key, records[i].key);
    EXPECT_EQ(read[i].payload, records[i].payload);
    EXPECT_EQ(read[i].timestamp_ms, records[i].timestamp_ms);
  }
}

TEST(batch_frame, refuses_every_truncation_extension_and_false_count) {
  std::string frame;
  frame_records(std::vector<framed_record>{{"k", "abc", 1}, {"", "defg", 2}}, frame);
  std::vector<framed_record> read;
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_FALSE(unframe_records(std::string_view{frame}.substr(0, size), 2, read).ok()) << size;
  EXPECT_FALSE(unframe_records(frame + "x", 2, read).ok());
  for (const std::uint32_t count : {0u, 1u, 3u, 0xffffffffu})
    EXPECT_FALSE(unframe_records(frame, count, read).ok()) << count;
}

} // namespace lepton::crypto
