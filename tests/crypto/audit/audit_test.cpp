#include "crypto/audit/audit_log.hpp"
#include "crypto/audit/audit_verify.hpp"

#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace lepton::crypto {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

audit_record record(int i) {
  return {"alice", "0123", "keys.rotate", "key:acme/payments-" + std::to_string(i), "ok"};
}

class audit : public testing::Test {
protected:
  void SetUp() override { ASSERT_TRUE(audit_writer::create(folder())); }
  std::string folder() const { return directory.path().string(); }

  /// A closed log with `count` entries.
  void fill(int count, audit_writer::limits limits = {}) {
    auto writer = audit_writer::open(folder(), limits);
    ASSERT_TRUE(writer) << writer.error().message();
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(writer->append(record(i), audit_sync::later));
    ASSERT_TRUE(writer->checkpoint());
  }
  /// The same, written at once.
  void fill_quickly(int count) {
    const auto key = signing_key::load(paths.signing_key());
    ASSERT_TRUE(key);
    auto text = lines()[0] + "\n";
    auto hash = hash_of_line(lines()[0]);
    const utc_micros time{1'700'000'000s};
    std::uint64_t sequence = 1;
    const auto add = [&](const std::string& line) {
      hash = hash_of_line(std::string_view{line}.substr(0, line.size() - 1));
      text += line;
      ++sequence;
    };
    for (int i = 0; i < count; ++i) {
      add(entry_line(sequence, time, hash, record(i)));
      if (i % 1000 == 999)
        add(checkpoint_line(sequence, time, hash, *key));
    }
    std::ofstream{paths.log(), std::ios::trunc} << text;
  }
  audit_report verify(audit_verify_options options = {}) const {
    auto found = verify_audit(folder(), options);
    EXPECT_TRUE(found) << found.error().message();
    return std::move(*found);
  }
  std::vector<std::string> lines() const {
    std::ifstream file{paths.log()};
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);)
      out.push_back(line);
    return out;
  }
  void write(const std::vector<std::string>& all) const {
    std::ofstream file{paths.log(), std::ios::trunc};
    for (const auto& line : all)
      file << line << '\n';
  }

  tests::temp_dir directory{"audit"};
  audit_paths paths{directory.path().string()};
};

TEST_F(audit, keeps_who_did_what) {
  fill(2);
  std::vector<audit_record> seen;
  ASSERT_TRUE(read_audit(folder(), [&](const audit_line& line, std::string_view) {
    if (line.what == audit_line::kind::entry)
      seen.push_back(line.record);
  }));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].actor, "alice");
  EXPECT_EQ(seen[1].token, "0123");
  EXPECT_EQ(seen[1].verb, "keys.rotate");
  EXPECT_EQ(seen[1].resource, "key:acme/payments-1");
  const auto report = verify();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.entries, 2U);
  EXPECT_EQ(report.checkpoints, 1U);
  EXPECT_EQ(report.unsigned_lines, 0U);
}

TEST_F(audit, detects_every_deleted_inserted_moved_or_edited_line) {
  fill(30, {.checkpoint_entries = 10});
  const auto good = lines();
  ASSERT_TRUE(verify().good());
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    write(changed);
    EXPECT_FALSE(verify().good()) << "deleted " << i;
    changed = good;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), good[(i + 3) % good.size()]);
    write(changed);
    EXPECT_FALSE(verify().good()) << "inserted before " << i;
    for (const std::size_t at :
         {std::size_t{8}, good[i].find("\"time\"") + 12, good[i].size() - 4}) {
      changed = good;
      changed[i][at] = changed[i][at] == '1' ? '2' : '1';
      write(changed);
      EXPECT_FALSE(verify().good()) << "edited " << i << " at " << at;
    }
    if (i + 1 < good.size()) {
      changed = good;
      std::swap(changed[i], changed[i + 1]);
      write(changed);
      EXPECT_FALSE(verify().good()) << "swapped " << i;
    }
  }
  write(good);
  EXPECT_TRUE(verify().good());
}

TEST_F(audit, detects_an_end_that_was_cut_off_and_adds_nothing_to_it) {
  fill(25, {.checkpoint_entries = 10});
  const auto head = verify().head;
  const auto good = lines();
  for (std::size_t keep = 1; keep < good.size(); ++keep) {
    write({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(keep)});
    const auto report = verify();
    ASSERT_FALSE(report.good()) << keep;
    EXPECT_THAT(report.problems.back().what, HasSubstr("cut off"));
  }
  EXPECT_FALSE(audit_writer::open(folder())) << "to go on would hide it";
  // Who can write the anchor beside the log can hide it from that, but not from one kept elsewhere.
  std::filesystem::remove(paths.anchor());
  EXPECT_TRUE(verify().problems.empty());
  EXPECT_FALSE(verify({.keys_file = "", .anchor = head}).good());
}

TEST_F(audit, detects_an_older_log_in_the_place_of_the_newer) {
  fill(5);
  std::filesystem::copy_file(paths.log(), folder() + "/old");
  auto writer = audit_writer::open(folder());
  fill(5);
  std::filesystem::copy_file(folder() + "/old", paths.log(),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(verify().good());
  EXPECT_FALSE(writer->append(record(9), audit_sync::now)) << "who wrote before knows it too";
  EXPECT_FALSE(audit_writer::open(folder()));
  // Another log altogether.
  const tests::temp_dir other{"audit_other"};
  ASSERT_TRUE(audit_writer::create(other.path().string()));
  std::filesystem::copy_file(other.path() / "audit.log", paths.log(),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(verify().good());
}

TEST_F(audit, detects_a_signature_by_another_key) {
  const tests::temp_dir other{"audit_other"};
  ASSERT_TRUE(audit_writer::create(other.path().string()));
  fill(3);
  const auto report = verify({.keys_file = (other.path() / "audit.pub").string()});
  ASSERT_FALSE(report.good());
  EXPECT_THAT(report.problems[0].what, HasSubstr("signature"));
}

TEST_F(audit, verifies_100000_entries) {
  fill_quickly(100'000);
  const auto report = verify();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.entries, 100'000U);
  EXPECT_EQ(report.checkpoints, 100U);
  auto all = lines();
  for (const std::size_t at : {std::size_t{1}, std::size_t{50'000}, all.size() - 2}) {
    auto changed = all;
    changed[at].replace(changed[at].find("prev") - 3, 1, "x");
    write(changed);
    EXPECT_FALSE(verify().good()) << at;
  }
}

TEST_F(audit, is_signed_after_so_many_lines) {
  auto writer = audit_writer::open(folder(), {.checkpoint_entries = 100});
  ASSERT_TRUE(writer);
  for (int i = 0; i < 250; ++i)
    ASSERT_TRUE(writer->append(record(i), audit_sync::later));
  const auto report = verify();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.checkpoints, 2U);
  EXPECT_LT(report.unsigned_lines, 100U);
}

TEST_F(audit, keeps_one_chain_with_writers_in_several_processes_and_threads) {
  constexpr int processes = 4;
  constexpr int each = 200;
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const auto child = ::fork();
    if (child == 0) {
      auto writer = audit_writer::open(
          folder(), {.file_bytes = 20'000, .checkpoint_entries = 50, .lock_patience = 20s});
      bool good = writer.ok();
      for (int i = 0; good && i < each; ++i)
        good = writer->append(record(i), audit_sync::later).ok();
      ::_exit(good && writer->checkpoint() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto report = verify();
  EXPECT_TRUE(report.good()) << report.problems[0].file << report.problems[0].line
                             << report.problems[0].what;
  EXPECT_EQ(report.entries, std::uint64_t{processes} * each);
  const auto parts = audit_parts(paths);
  ASSERT_TRUE(parts);
  ASSERT_GT(parts->size(), 3U) << "the log was to begin new files";
  std::filesystem::remove(parts->front());
  EXPECT_FALSE(verify().good());
  EXPECT_TRUE(verify({.keys_file = "", .anchor = report.head, .partial = true}).good());
  std::filesystem::remove((*parts)[2]);
  EXPECT_FALSE(verify({.keys_file = "", .anchor = {}, .partial = true}).good());
}

TEST_F(audit, drops_the_half_line_of_a_writer_that_died_and_says_so) {
  fill(3);
  std::ofstream{paths.log(), std::ios::app} << R"({"seq":5,"time":"20)";
  EXPECT_FALSE(verify().good());
  fill(1);
  EXPECT_TRUE(verify().good());
  bool noted = false;
  ASSERT_TRUE(read_audit(folder(), [&](const audit_line& line, std::string_view) {
    noted = noted || line.record.verb == "audit.repair";
  }));
  EXPECT_TRUE(noted);
}

TEST_F(audit, refuses_within_a_second_when_the_file_cannot_grow_and_goes_on_after) {
  fill(5);
  const auto size = std::filesystem::file_size(paths.log());
  const auto child = ::fork(); // the limit is one of the process
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    auto log = audit_log::open(folder());
    const rlimit limit{size + 100, RLIM_INFINITY}; // in the midst of the next line
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto start = std::chrono::steady_clock::now();
    const bool refused = !(*log)->append(record(1));
    const bool soon = std::chrono::steady_clock::now() - start < 1s;
    const bool offered = (*log)->offer(record(2)); // the data path does not care
    while ((*log)->dropped() == 0)
      std::this_thread::sleep_for(1ms);
    const bool flagged = !(*log)->healthy();
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const bool again = (*log)->append(record(3)).ok();
    log->reset();
    ::_exit(refused && soon && offered && flagged && again ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto report = verify();
  EXPECT_TRUE(report.good());
  std::vector<std::string> resources;
  ASSERT_TRUE(read_audit(folder(), [&](const audit_line& line, std::string_view) {
    resources.push_back(line.record.resource);
  }));
  EXPECT_THAT(resources, testing::Contains("key:acme/payments-3"));
  EXPECT_THAT(resources, testing::Contains("audit:dropped:1")) << "what is missing is said";
}

TEST_F(audit, keeps_no_process_out_when_another_appends_without_a_pause) {
  constexpr int count = 1000;
  const auto append_all = [&] {
    auto log = audit_log::open(folder());
    for (int i = 0; log && i < count; ++i)
      if (!(*log)->append(record(i)))
        return false;
    return log.ok();
  };
  const pid_t other = ::fork();
  if (other == 0)
    ::_exit(append_all() ? 0 : 1);
  EXPECT_TRUE(append_all());
  int status = -1;
  ::waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(verify().entries, 2U * count);
}

TEST_F(audit, refuses_within_a_second_when_another_process_keeps_the_lock) {
  fill(1);
  auto log = audit_log::open(folder());
  ASSERT_TRUE(log);
  const int lock = ::open(paths.lock().c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  for (int i = 0; i < 50; ++i) // the log's own thread waits for the lock too
    EXPECT_TRUE((*log)->offer(record(0)));
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto refused = (*log)->append(record(1));
    EXPECT_FALSE(refused);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
  }
  ::close(lock);
  EXPECT_TRUE((*log)->append(record(2)));
}

TEST_F(audit, never_holds_up_the_data_path_and_counts_what_it_drops) {
  {
    auto log = audit_log::open(folder(), {.queue = 10});
    ASSERT_TRUE(log);
    const int lock = ::open(paths.lock().c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(lock, LOCK_EX), 0);
    const auto start = std::chrono::steady_clock::now();
    int taken = 0;
    for (int i = 0; i < 1000; ++i)
      taken += (*log)->offer(record(i)) ? 1 : 0;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms);
    EXPECT_LE(taken, 100);
    EXPECT_GE((*log)->dropped(), static_cast<std::uint64_t>(1000 - taken));
    ::close(lock);
  }
  const auto report = verify();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.unsigned_lines, 0U) << "signed at the end";
  std::uint64_t entries = 0;
  std::uint64_t missing = 0;
  ASSERT_TRUE(read_audit(folder(), [&](const audit_line& line, std::string_view) {
    const std::string_view what{line.record.resource};
    if (what.starts_with("audit:dropped:"))
      missing += std::stoull(std::string{what.substr(14)});
    else if (line.what == audit_line::kind::entry)
      ++entries;
  }));
  EXPECT_EQ(entries + missing, 1000U);
}

TEST_F(audit, signs_what_others_left_unsigned_after_a_while) {
  auto log = audit_log::open(folder(), {.checkpoint_every = 20ms});
  ASSERT_TRUE(log);
  ASSERT_TRUE((*log)->append(record(1)));
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (verify().unsigned_lines != 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(5ms);
  EXPECT_EQ(verify().unsigned_lines, 0U);
}

TEST_F(audit, holds_text_of_any_kind_on_one_line) {
  auto writer = audit_writer::open(folder());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(
      writer->append({"a\nb\"", "", "keys.add", "key:\xff\x01{}", "denied"}, audit_sync::now));
  EXPECT_FALSE(writer->append({std::string(20'000, 'x'), "", "", "", ""}, audit_sync::now));
  ASSERT_TRUE(writer->checkpoint());
  EXPECT_EQ(lines().size(), 3U);
  EXPECT_TRUE(verify().good());
}

} // namespace
} // namespace lepton::crypto
