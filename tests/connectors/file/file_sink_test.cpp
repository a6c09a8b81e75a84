#include "connectors/file/file_sink.hpp"

#include "connectors/file/file_path.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <regex>

namespace lepton::tests {

namespace {

namespace fs = std::filesystem;

core::encoded_batch_ptr lines(std::vector<std::string> texts, const char* preamble = nullptr) {
  auto batch = core::make_ref<core::encoded_batch>();
  for (const auto& text : texts) {
    batch->records.push_back({static_cast<std::uint32_t>(batch->bytes.size()),
                              static_cast<std::uint32_t>(text.size()), 0, 0, 0});
    batch->bytes += text;
  }
  if (preamble)
    batch->preamble = std::make_shared<const std::string>(preamble);
  return batch;
}

connectors::file_sink_options options_of(const fs::path& path) {
  connectors::file_sink_options options;
  options.path = path;
  return options;
}

std::size_t completions(connectors::file_sink& sink) {
  std::vector<core::sink_completion> ended;
  EXPECT_TRUE(sink.poll(ended).ok());
  return ended.size();
}

std::vector<fs::path> files_in(const temp_dir& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    out.push_back(entry.path().filename());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

TEST(file_sink, appends_lines_and_completes_a_write_when_the_file_has_it) {
  const temp_dir folder{"sink"};
  const auto path = folder / "sub/deep/out.jsonl";
  connectors::file_sink sink{options_of(path)};
  ASSERT_TRUE(sink.open({}).ok());
  ASSERT_TRUE(sink.write(lines({"a", "b"})).ok());
  EXPECT_EQ(read_file(path), "a\nb\n");
  EXPECT_EQ(completions(sink), 1u);
  EXPECT_EQ(completions(sink), 0u);
  ASSERT_TRUE(sink.close().ok());
  connectors::file_sink again{options_of(path)};
  ASSERT_TRUE(again.open({}).ok());
  ASSERT_TRUE(again.write(lines({"c"})).ok());
  EXPECT_EQ(read_file(path), "a\nb\nc\n");
}

TEST(file_sink, writes_the_header_once_for_each_file) {
  const temp_dir folder{"sink"};
  const auto path = folder / "out.csv";
  for (int i = 0; i < 2; ++i) {
    connectors::file_sink sink{options_of(path)};
    ASSERT_TRUE(sink.open({}).ok());
    ASSERT_TRUE(sink.write(lines({"1,2"}, "a,b")).ok());
    ASSERT_TRUE(sink.write(lines({"3,4"}, "a,b")).ok());
  }
  EXPECT_EQ(read_file(path), "a,b\n1,2\n3,4\n1,2\n3,4\n");
}

TEST(file_sink, ends_a_line_that_a_crash_cut_off) {
  const temp_dir folder{"sink"};
  const auto path = folder.write("out.jsonl", "{\"whole\":1}\n{\"ha");
  connectors::file_sink sink{options_of(path)};
  ASSERT_TRUE(sink.open({}).ok());
  ASSERT_TRUE(sink.write(lines({"next"})).ok());
  EXPECT_EQ(read_file(path), "{\"whole\":1}\n{\"ha\nnext\n");
}

TEST(file_sink, rotates_by_size_and_gives_complete_files_their_name_in_one_step) {
  const temp_dir folder{"sink"};
  auto options = options_of(folder / "out.csv");
  options.max_bytes = 12;
  connectors::file_sink sink{options};
  ASSERT_TRUE(sink.open({}).ok());
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(sink.write(lines({"1,2"}, "a,b")).ok()); // the third line fills a file
  EXPECT_EQ(completions(sink), 5u);
  EXPECT_TRUE(fs::exists(folder / "out.csv.part"));
  ASSERT_TRUE(sink.close().ok());
  const auto files = files_in(folder);
  ASSERT_EQ(files.size(), 3u);
  std::string all;
  for (const auto& file : files) {
    EXPECT_TRUE(std::regex_match(file.string(), std::regex{R"(out\.\d{8}T\d{6}Z\.\d{6}\.csv)"}))
        << file;
    const auto text = read_file(folder / file.string());
    EXPECT_TRUE(text.starts_with("a,b\n"));
    all += text.substr(4);
  }
  EXPECT_EQ(all, "1,2\n1,2\n1,2\n1,2\n1,2\n");
}

TEST(file_sink, rotates_by_age_and_never_makes_empty_files) {
  const temp_dir folder{"sink"};
  auto options = options_of(folder / "out.jsonl");
  options.every = std::chrono::nanoseconds{1};
  connectors::file_sink sink{options};
  ASSERT_TRUE(sink.open({}).ok());
  ASSERT_TRUE(sink.tick().ok());
  EXPECT_EQ(files_in(folder).size(), 1u);
  ASSERT_TRUE(sink.write(lines({"1"})).ok());
  ASSERT_TRUE(sink.tick().ok());
  ASSERT_TRUE(sink.tick().ok());
  ASSERT_TRUE(sink.close().ok());
  std::size_t complete = 0;
  for (const auto& file : files_in(folder))
    complete += file.extension() == ".jsonl";
  EXPECT_EQ(complete, 1u);
}

TEST(file_sink, goes_on_with_the_part_that_a_crash_left) {
  const temp_dir folder{"sink"};
  folder.write("out.jsonl.part", "1\n2");
  auto options = options_of(folder / "out.jsonl");
  options.max_bytes = 1000;
  connectors::file_sink sink{options};
  ASSERT_TRUE(sink.open({}).ok());
  ASSERT_TRUE(sink.write(lines({"3"})).ok());
  ASSERT_TRUE(sink.close().ok());
  ASSERT_EQ(files_in(folder).size(), 1u);
  EXPECT_EQ(files_in(folder)[0].extension(), ".jsonl");
  EXPECT_EQ(read_file(folder / files_in(folder)[0].string()), "1\n2\n3\n");
}

TEST(file_sink, a_full_disk_is_a_clear_error_and_leaves_no_half_line) {
  const temp_dir folder{"sink"};
  const auto path = folder / "out.jsonl";
  connectors::file_sink sink{options_of(path)};
  ASSERT_TRUE(sink.open({}).ok());
  ASSERT_TRUE(sink.write(lines({"first"})).ok());
  // The limit of a file's size fails in the middle of a write, as a full disk does.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = sink.write(lines({std::string(500, 'x')}));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), core::errc::capacity);
  EXPECT_NE(written.error().message().find(path.string()), std::string::npos);
  EXPECT_EQ(read_file(path), "first\n");
  EXPECT_EQ(completions(sink), 1u);
  connectors::file_sink full{options_of("/dev/full")};
  ASSERT_TRUE(full.open({}).ok());
  EXPECT_NE(full.write(lines({"x"})).error().message().find("No space left on device"),
            std::string::npos);
}

TEST(file_sink, says_where_it_may_not_write) {
  connectors::file_sink sink{options_of("/proc/lepton/out.jsonl")};
  const auto opened = sink.open({});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message().find("/proc/lepton"), std::string::npos);
}

TEST(file_path, starts_relative_paths_at_the_folder_of_the_configuration) {
  EXPECT_EQ(connectors::path_from("/etc/lepton", "a/b"), "/etc/lepton/a/b");
  EXPECT_EQ(connectors::path_from("/etc/lepton", "../x"), "/etc/x");
  EXPECT_EQ(connectors::path_from("/etc/lepton", "/abs"), "/abs");
  EXPECT_EQ(connectors::path_from("", "a"), "a");
}

} // namespace lepton::tests
