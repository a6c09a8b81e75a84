#include "tests/support/process.hpp"

#include "tests/support/eventually.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace lepton::tests {
namespace {

using namespace std::chrono_literals;

process_options shell(std::string script) {
  process_options options;
  options.program = "sh";
  options.arguments = {"-c", std::move(script)};
  return options;
}

/// Not even a zombie counts: whoever inherits orphans may take its time to collect them.
bool lives(pid_t pid) {
  const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
  return !stat.empty() && stat.find(") Z ") == std::string::npos;
}

/// Starts a long sleep, tells its pid and is then killed, as a test binary may be.
void start_a_child_and_die() {
  process_options options;
  options.program = "sleep";
  options.arguments = {"600"};
  options.output_file = "/dev/null";
  process child{options};
  fmt::print(stderr, "child {}\n", child.pid());
  std::fflush(stderr);
  ::kill(getpid(), SIGKILL);
}

TEST(process, keeps_its_streams_apart_and_tells_how_it_ended) {
  const auto done = run_process(shell("echo out; echo err >&2; exit 3"), 10s);
  EXPECT_EQ(done.status.code, 3);
  EXPECT_EQ(done.standard_output, "out\n");
  EXPECT_EQ(done.standard_error, "err\n");
}

TEST(process, runs_in_its_folder_with_its_variables) {
  const temp_dir folder;
  auto options = shell("pwd; echo $LEPTON_A $HOME");
  options.working_directory = folder.path();
  options.environment = {{"LEPTON_A", "a b"}, {"HOME", "elsewhere"}};
  EXPECT_EQ(run_process(options, 10s).standard_output,
            folder.path().string() + "\na b elsewhere\n");
}

TEST(process, says_which_program_cannot_be_run) {
  process_options options;
  options.program = "no-such-program";
  try {
    const process never{options};
    FAIL() << "it ran";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_NE(std::string{error.what()}.find("no-such-program"), std::string::npos);
  }
}

TEST(process, is_asked_to_stop_and_killed_only_when_it_does_not) {
  process polite{shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done")};
  ASSERT_TRUE(polite.wait_for_output("ready", 10s));
  EXPECT_EQ(polite.stop(10s).code, 7);

  process stubborn{shell("trap '' TERM; echo ready; while :; do sleep 0.01; done")};
  ASSERT_TRUE(stubborn.wait_for_output("ready", 10s));
  EXPECT_EQ(stubborn.stop(50ms).signal, SIGKILL);
}

TEST(process, stands_still_while_suspended) {
  process busy{shell("while :; do :; done")};
  busy.suspend();
  const auto before = busy.usage().cpu;
  EXPECT_FALSE(busy.wait(100ms));
  EXPECT_EQ(busy.usage().cpu, before);
  busy.resume();
  EXPECT_TRUE(eventually(10s, [&] { return busy.usage().cpu > before; }));
}

TEST(process, reports_memory_and_time_also_after_its_end) {
  process busy{shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done; read x")};
  ASSERT_TRUE(busy.wait_for_output("done", 30s));
  busy.wait(10s);
  const auto used = busy.usage();
  EXPECT_GT(used.cpu, 0ms);
  EXPECT_GT(used.peak_resident_bytes, 100'000U);
  EXPECT_EQ(used.resident_bytes, 0U);
}

TEST(process, outlives_the_thread_that_started_it) {
  std::optional<process> child;
  std::thread{[&] { child.emplace(shell("while :; do sleep 0.01; done")); }}.join();
  EXPECT_FALSE(child->wait(100ms));
}

TEST(process, is_gone_with_its_children_when_its_owner_is) {
  pid_t leader = 0;
  pid_t grandchild = 0;
  {
    process child{shell("sleep 600 & echo $!.; wait")};
    ASSERT_TRUE(child.wait_for_output(".", 10s));
    leader = child.pid();
    grandchild = std::stoi(child.standard_output());
  }
  EXPECT_TRUE(eventually(10s, [&] { return !lives(leader) && !lives(grandchild); }));
}

TEST(process, dies_with_a_test_binary_that_is_killed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe"); // a new process, not a fork of this one
  pid_t orphan = 0;
  const auto take_pid = [&orphan](const std::string& text) {
    const std::string_view label = "child ";
    const auto at = text.find(label);
    orphan = at == std::string::npos ? 0 : std::stoi(text.substr(at + label.size()));
    return orphan != 0;
  };
  EXPECT_EXIT(start_a_child_and_die(), testing::KilledBySignal(SIGKILL), testing::Truly(take_pid));
  EXPECT_TRUE(eventually(10s, [&] { return !lives(orphan); }));
}

} // namespace
} // namespace lepton::tests
