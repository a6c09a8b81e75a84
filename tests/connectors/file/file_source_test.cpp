#include "connectors/file/file_source.hpp"

#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace lepton::tests {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using lines = std::vector<std::string>;

void append(const fs::path& path, std::string_view text) {
  std::ofstream file{path, std::ios::binary | std::ios::app};
  file << text << std::flush;
  ASSERT_TRUE(file.good());
}

/// Collects what a source gives.
class collector {
public:
  collector(std::string path, bool follow, bool from_end = false,
            connectors::line_options options = {})
      : source_{{std::move(path), {options, follow}, from_end}} {}

  core::result<void> open() { return source_.open({}); }

  /// One poll; false if the source is exhausted or failed.
  bool poll() {
    auto polled = source_.poll({1000, 1 << 20});
    if (!polled) {
      failure = polled.error().message();
      return false;
    }
    if (polled->batch)
      for (const auto& record : polled->batch->records()) {
        found.emplace_back(record.payload);
        partitions.push_back(polled->batch->partition);
        topics.push_back(*polled->batch->topic);
      }
    return polled->state != core::source_state::exhausted;
  }
  void read_to_end() {
    while (poll())
      continue;
  }
  bool wait_for(const lines& expected) {
    return eventually(20s, [&] { return poll() && found.size() >= expected.size(); }) &&
           found == expected;
  }

  lines found;
  lines topics;
  std::vector<int> partitions;
  std::string failure;

private:
  connectors::file_source source_;
};

} // namespace

TEST(file_source, reads_files_of_a_pattern_in_order_and_ends) {
  const temp_dir folder{"files"};
  folder.write("b.jsonl", "3\n4");
  folder.write("a.jsonl", "1\n2\n");
  folder.write("c.txt", "no\n");
  folder.write("sub.jsonl/x", "no\n");
  collector in{folder / "*.jsonl", false};
  ASSERT_TRUE(in.open().ok());
  in.read_to_end();
  EXPECT_EQ(in.found, (lines{"1", "2", "3", "4"}));
  EXPECT_EQ(in.partitions, (std::vector<int>{0, 0, 1, 1}));
  EXPECT_EQ(in.topics[3], (folder / "b.jsonl").string());
  EXPECT_EQ(in.failure, "");
}

TEST(file_source, says_what_is_wrong_with_a_file_that_it_cannot_read) {
  const temp_dir folder{"files"};
  collector missing{folder / "missing.jsonl", false};
  const auto opened = missing.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), core::errc::not_found);
  EXPECT_NE(opened.error().message().find("missing.jsonl: No such file"), std::string::npos);
  collector none{folder / "*.jsonl", false};
  EXPECT_NE(none.open().error().message().find("no file matches"), std::string::npos);
  collector directory{folder.path(), false};
  EXPECT_NE(directory.open().error().message().find("Is a directory"), std::string::npos);
}

TEST(file_source, follows_a_file_that_grows_also_in_the_middle_of_a_line) {
  const temp_dir folder{"files"};
  const auto path = folder.write("in", "1\n2");
  collector in{path, true};
  ASSERT_TRUE(in.open().ok());
  EXPECT_TRUE(in.wait_for({"1"}));
  append(path, "2\n3\n");
  EXPECT_TRUE(in.wait_for({"1", "22", "3"}));
}

TEST(file_source, waits_for_a_file_that_is_not_there_yet) {
  const temp_dir folder{"files"};
  collector in{folder / "late", true};
  ASSERT_TRUE(in.open().ok());
  EXPECT_TRUE(in.poll());
  EXPECT_TRUE(in.found.empty());
  folder.write("late", "1\n");
  EXPECT_TRUE(in.wait_for({"1"}));
}

TEST(file_source, reads_the_last_lines_of_a_renamed_file_then_the_new_one) {
  const temp_dir folder{"files"};
  const auto path = folder.write("log", "1\n");
  collector in{path, true};
  ASSERT_TRUE(in.open().ok());
  EXPECT_TRUE(in.wait_for({"1"}));
  fs::rename(path, folder / "log.1");
  append(folder / "log.1", "2\nlast without end");
  folder.write("log", "3\n");
  EXPECT_TRUE(in.wait_for({"1", "2", "last without end", "3"}));
  append(path, "4\n");
  EXPECT_TRUE(in.wait_for({"1", "2", "last without end", "3", "4"}));
}

TEST(file_source, begins_again_when_a_file_is_cut_off) {
  const temp_dir folder{"files"};
  const auto path = folder.write("log", "1111\n2222\n");
  collector in{path, true};
  ASSERT_TRUE(in.open().ok());
  EXPECT_TRUE(in.wait_for({"1111", "2222"}));
  fs::resize_file(path, 0);
  EXPECT_TRUE(in.poll());
  append(path, "3\n");
  EXPECT_TRUE(in.wait_for({"1111", "2222", "3"}));
}

TEST(file_source, starts_at_the_end_and_still_finds_new_files_from_their_begin) {
  const temp_dir folder{"files"};
  const auto path = folder.write("a.log", "old\n");
  collector in{folder / "*.log", true, true};
  ASSERT_TRUE(in.open().ok());
  EXPECT_TRUE(in.poll());
  append(path, "new\n");
  EXPECT_TRUE(in.wait_for({"new"}));
  folder.write("b.log", "first\n");
  EXPECT_TRUE(in.wait_for({"new", "first"}));
}

} // namespace lepton::tests
