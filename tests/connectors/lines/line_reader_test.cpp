#include "connectors/lines/line_reader.hpp"

#include "tests/support/descriptor.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <random>

namespace lepton::tests {

namespace {

struct read_lines {
  std::vector<std::string> lines;
  std::vector<std::int64_t> offsets;
  std::vector<std::string> faults;
};

read_lines read_all(const std::string& text, connectors::line_options options = {},
                    core::poll_budget budget = {1000, 1 << 20}) {
  const temp_dir folder{"lines"};
  const auto path = folder.write("in", text);
  const descriptor file{open(path.c_str(), O_RDONLY), path};
  connectors::line_reader reader{file.get(), std::make_shared<const std::string>("in"), options};
  read_lines out;
  const auto add = [&](const connectors::line_batch& batch) {
    for (const auto& record : batch.records()) {
      out.lines.emplace_back(record.payload);
      out.offsets.push_back(record.offset);
      if (!batch.fault.empty())
        out.faults.push_back(batch.fault);
    }
    EXPECT_LE(batch.record_count, budget.records);
  };
  for (;;) {
    auto batch = reader.next(budget);
    EXPECT_TRUE(batch.ok());
    if (!*batch)
      break;
    add(**batch);
  }
  if (const auto rest = reader.rest())
    add(*rest);
  return out;
}

using lines = std::vector<std::string>;

} // namespace

TEST(line_reader, cuts_lines_and_knows_their_offsets) {
  const auto out = read_all("a\nbc\r\n\n\nd\nlast");
  EXPECT_EQ(out.lines, (lines{"a", "bc", "d", "last"}));
  EXPECT_EQ(out.offsets, (std::vector<std::int64_t>{0, 2, 8, 10}));
  EXPECT_TRUE(read_all("").lines.empty());
  EXPECT_TRUE(read_all("\n\n").lines.empty());
}

TEST(line_reader, finds_every_line_of_a_file_of_many_blocks_whatever_the_budget) {
  std::mt19937_64 random{1};
  std::string text;
  lines expected;
  std::vector<std::int64_t> offsets;
  while (text.size() < (5u << 20)) {
    offsets.push_back(static_cast<std::int64_t>(text.size()));
    expected.push_back(std::string(1 + random() % (random() % 100 == 0 ? 300'000 : 200),
                                   static_cast<char>('a' + random() % 26)));
    text += expected.back() + "\n";
  }
  for (const core::poll_budget budget :
       {core::poll_budget{1, 1}, {7, 1 << 20}, {100'000, 1000}, {100'000, 1 << 24}}) {
    const auto out = read_all(text, {}, budget);
    EXPECT_TRUE(out.lines == expected);
    EXPECT_TRUE(out.offsets == offsets);
  }
}

TEST(line_reader, a_line_that_is_too_long_is_an_unreadable_record_and_the_next_is_fine) {
  const std::string text =
      "good\n" + std::string(200, 'x') + "\nalso good\n" + std::string(3 << 20, 'y') + "\nend\n";
  const auto out = read_all(text, {100, false});
  ASSERT_EQ(out.lines.size(), 5u);
  EXPECT_EQ(out.lines[0], "good");
  EXPECT_EQ(out.lines[2], "also good");
  EXPECT_EQ(out.lines[4], "end");
  EXPECT_EQ(out.offsets[1], 5);
  EXPECT_EQ(out.offsets[4], static_cast<std::int64_t>(text.size()) - 4);
  EXPECT_LE(out.lines[3].size(), 4096u);
  ASSERT_EQ(out.faults.size(), 2u);
  EXPECT_EQ(out.faults[0],
            "the line at byte 5 of in is longer than max_line_bytes (100 B); raise it "
            "or repair the file");
}

TEST(line_reader, keeps_line_ends_between_quotes_when_asked) {
  const std::string text = "a,\"x\ny\",b\n\"\"\"\n\"\nplain\n\"open\nto the end";
  EXPECT_EQ(read_all(text, {1 << 20, true}).lines,
            (lines{"a,\"x\ny\",b", "\"\"\"\n\"", "plain", "\"open\nto the end"}));
  EXPECT_EQ(read_all("a\"\nb\"\n").lines, (lines{"a\"", "b\""}));
}

TEST(line_reader, every_batch_knows_the_first_line) {
  const temp_dir folder{"lines"};
  const auto path = folder.write("in", "id,amount\n1,2\n3,4\n");
  const descriptor file{open(path.c_str(), O_RDONLY), path};
  connectors::line_reader reader{file.get(), std::make_shared<const std::string>("in"), {}};
  for (int i = 0; i < 3; ++i) {
    const auto batch = reader.next({1, 1000});
    ASSERT_TRUE(batch.ok() && *batch && (*batch)->first_line);
    EXPECT_EQ(*(*batch)->first_line, "id,amount");
  }
}

} // namespace lepton::tests
