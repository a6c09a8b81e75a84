#include "connectors/console/console_sink.hpp"
#include "connectors/console/console_source.hpp"
#include "tests/support/descriptor.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <csignal>

namespace lepton::tests {

namespace {

struct pipe_ends {
  pipe_ends() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) == 0) {
      reader = ends[0];
      writer = ends[1];
    }
  }
  int reader = -1;
  int writer = -1;
};

core::encoded_batch_ptr line(std::string text, const char* preamble = nullptr) {
  auto batch = core::make_ref<core::encoded_batch>();
  batch->records.push_back({0, static_cast<std::uint32_t>(text.size()), 0, 0, 0});
  batch->bytes = std::move(text);
  if (preamble)
    batch->preamble = std::make_shared<const std::string>(preamble);
  return batch;
}

std::string read_some(int fd) {
  std::string text(4096, '\0');
  const auto got = read(fd, text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

} // namespace

TEST(console_sink, writes_lines_and_a_header_once) {
  const pipe_ends ends;
  const descriptor reader{ends.reader, "pipe"};
  const descriptor writer{ends.writer, "pipe"};
  connectors::console_sink sink{writer.get()};
  ASSERT_TRUE(sink.open({}).ok());
  ASSERT_TRUE(sink.write(line("1,2", "a,b")).ok());
  ASSERT_TRUE(sink.write(line("3,4", "a,b")).ok());
  EXPECT_EQ(read_some(reader.get()), "a,b\n1,2\n3,4\n");
  std::vector<core::sink_completion> ended;
  ASSERT_TRUE(sink.poll(ended).ok());
  EXPECT_EQ(ended.size(), 2u);
}

TEST(console_sink, ends_clearly_when_its_reader_went_away) {
  const auto handler = std::signal(SIGPIPE, SIG_IGN); // as the program does
  const pipe_ends ends;
  descriptor reader{ends.reader, "pipe"};
  const descriptor writer{ends.writer, "pipe"};
  reader.close();
  connectors::console_sink sink{writer.get()};
  const auto written = sink.write(line("x"));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), core::errc::cancelled);
  EXPECT_EQ(written.error().message(), "nobody reads the standard output any more");
  std::signal(SIGPIPE, handler);
}

TEST(console_source, gives_lines_as_they_come_and_the_last_one_without_an_end) {
  const pipe_ends ends;
  const descriptor reader{ends.reader, "pipe"};
  descriptor writer{ends.writer, "pipe"};
  connectors::console_source source{reader.get(), {}};
  ASSERT_TRUE(source.open({}).ok());
  EXPECT_EQ(source.poll({10, 1000})->state, core::source_state::idle);
  ASSERT_EQ(write(writer.get(), "1\n2\n3", 5), 5);
  auto polled = source.poll({1, 1000});
  ASSERT_TRUE(polled->batch);
  EXPECT_EQ(polled->batch->records()[0].payload, "1");
  polled = source.poll({10, 1000});
  ASSERT_TRUE(polled->batch);
  EXPECT_EQ(polled->batch->records()[0].payload, "2");
  EXPECT_EQ(source.poll({10, 1000})->state, core::source_state::idle);
  writer.close();
  polled = source.poll({10, 1000});
  ASSERT_TRUE(polled->batch);
  EXPECT_EQ(polled->batch->records()[0].payload, "3");
  EXPECT_EQ(polled->batch->records()[0].offset, 4);
  EXPECT_EQ(source.poll({10, 1000})->state, core::source_state::exhausted);
}

} // namespace lepton::tests
