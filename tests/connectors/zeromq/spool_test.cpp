// The spool as whoever loses power would find it.
#include "connectors/zeromq/crc32c.hpp"
#include "connectors/zeromq/spool.hpp"
#include "connectors/zeromq/spool_record.hpp"
#include "tests/connectors/zeromq/test_vault.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <random>

namespace lepton::tests {
namespace {

using connectors::spool;
using connectors::spool_options;

spool_options options_at(const std::filesystem::path& path) {
  spool_options out;
  out.path = path.string();
  out.fsync = false; // these tests do not cut the power
  return out;
}

std::unique_ptr<spool> open_spool(spool_options options) {
  auto opened = spool::open(std::move(options));
  if (!opened.ok())
    throw std::runtime_error(opened.error().message());
  return std::move(*opened);
}

std::vector<std::string> read_all(spool& from) {
  std::vector<std::string> out;
  for (;;) {
    auto record = from.read();
    if (!record.ok())
      throw std::runtime_error(record.error().message());
    if (!*record)
      return out;
    out.push_back((*record)->body);
  }
}

std::filesystem::path only_segment(const std::filesystem::path& folder) {
  std::filesystem::path found;
  for (const auto& each : std::filesystem::directory_iterator{folder})
    if (each.path().extension() == ".spool")
      found = each.path();
  return found;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

TEST(crc32c, has_the_values_of_rfc_3720) {
  EXPECT_EQ(connectors::crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(connectors::crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(connectors::crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(connectors::crc32c("6789", connectors::crc32c("12345")), 0xe3069283U);
}

TEST(spool, gives_back_in_order_what_an_earlier_process_left) {
  const temp_dir folder{"spool"};
  {
    const auto first = open_spool(options_at(folder / "s"));
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(*first->append(fmt::format("record {}", i)));
    ASSERT_TRUE(first->acknowledge(40).ok()); // in one segment: stays on disk
  }
  const auto second = open_spool(options_at(folder / "s"));
  EXPECT_EQ(second->records(), 100);
  ASSERT_TRUE(*second->append("record 100"));
  const auto all = read_all(*second);
  ASSERT_EQ(all.size(), 101U);
  EXPECT_EQ(all.front(), "record 0");
  EXPECT_EQ(all.back(), "record 100");
}

TEST(spool, a_second_process_is_refused) {
  const temp_dir folder{"spool"};
  const auto first = open_spool(options_at(folder / "s"));
  const auto second = spool::open(options_at(folder / "s"));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message().find("another process"), std::string::npos);
}

TEST(spool, takes_no_more_than_its_bound_and_goes_on_when_there_is_room) {
  const temp_dir folder{"spool"};
  auto options = options_at(folder / "s");
  options.max_size = 10'000;
  options.segment_size = 1000;
  const auto opened = open_spool(std::move(options));
  int taken = 0;
  while (*opened->append(std::string(100, 'x')))
    ++taken;
  EXPECT_GT(taken, 60);
  EXPECT_LE(opened->bytes(), 10'000);
  EXPECT_EQ(read_all(*opened).size(), static_cast<std::size_t>(taken));
  ASSERT_TRUE(opened->acknowledge(30).ok());
  EXPECT_TRUE(*opened->append(std::string(100, 'y')));
}

TEST(spool, a_cut_at_every_byte_loses_only_the_record_that_it_cuts) {
  const temp_dir folder{"spool"};
  {
    const auto first = open_spool(options_at(folder / "s"));
    for (int i = 0; i < 5; ++i)
      ASSERT_TRUE(*first->append(fmt::format("record {}", i)));
  }
  const auto path = only_segment(folder / "s");
  const auto whole = read_file(path);
  const auto size = connectors::spool_record_head + 8;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    write_file(path, std::string_view{whole}.substr(0, cut));
    const auto opened = open_spool(options_at(folder / "s"));
    const auto complete =
        cut < connectors::spool_head_size ? 0 : (cut - connectors::spool_head_size) / size;
    ASSERT_EQ(read_all(*opened).size(), complete) << cut;
    const bool between =
        cut >= connectors::spool_head_size && (cut - connectors::spool_head_size) % size == 0;
    EXPECT_EQ(opened->lost() == 0, between) << cut;
  }
}

TEST(spool, a_flipped_byte_anywhere_costs_one_record_at_most) {
  const temp_dir folder{"spool"};
  {
    const auto first = open_spool(options_at(folder / "s"));
    for (int i = 0; i < 5; ++i)
      ASSERT_TRUE(*first->append(fmt::format("record {}", i)));
  }
  const auto path = only_segment(folder / "s");
  const auto whole = read_file(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    write_file(path, damaged);
    const auto opened = open_spool(options_at(folder / "s"));
    const auto all = read_all(*opened);
    ASSERT_EQ(all.size(), at < connectors::spool_head_size ? 5U : 4U) << at;
    EXPECT_GT(opened->lost(), 0U) << at;
    for (const auto& body : all)
      EXPECT_EQ(body.substr(0, 7), "record ") << at;
  }
}

TEST(spool, sealed_records_show_nothing_on_disk_and_need_their_key) {
  const temp_dir folder{"spool"};
  const std::string canary = "canary-5b1f0c";
  test_vault vault;
  const auto sealed = [&](const std::string& topic) {
    auto options = options_at(folder / "s");
    options.topic = topic;
    options.sealer = std::move(*vault.make_sealer({}));
    options.opener = std::move(*vault.make_opener({}));
    return options;
  };
  {
    const auto first = open_spool(sealed("spool:p/c"));
    ASSERT_TRUE(*first->append(canary));
  }
  EXPECT_EQ(read_file(only_segment(folder / "s")).find(canary), std::string::npos);
  const auto plain = spool::open(options_at(folder / "s"));
  ASSERT_FALSE(plain.ok());
  EXPECT_EQ(plain.error().code(), core::errc::permission);
  {
    const auto other = open_spool(sealed("spool:p/other"));
    const auto read = other->read();
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code(), core::errc::permission);
    EXPECT_EQ(other->records(), 1) << "what cannot be opened is not lost";
  }
  EXPECT_EQ(read_all(*open_spool(sealed("spool:p/c"))), std::vector<std::string>{canary});
}

/// Lets the next segment be another file, one that behaves as a broken disk does.
void put_device(const std::filesystem::path& folder, std::uint64_t first, const char* device) {
  std::filesystem::create_symlink(device, folder / fmt::format("{:020}.spool", first));
}

TEST(spool, has_no_room_on_a_full_disk_and_goes_on_when_there_is_some) {
  const temp_dir folder{"spool"};
  const auto opened = open_spool(options_at(folder / "s"));
  put_device(folder / "s", 1, "/dev/full");
  const auto refused = opened->append("record 0");
  ASSERT_TRUE(refused.ok()) << refused.error().message();
  EXPECT_FALSE(*refused);
  EXPECT_TRUE(opened->empty());
  EXPECT_EQ(opened->bytes(), 0);
  EXPECT_TRUE(*opened->append("record 1")); // the full disk is gone with its segment
  EXPECT_EQ(read_all(*opened), std::vector<std::string>{"record 1"});
}

TEST(spool, says_so_when_the_disk_does_not_take_what_was_written) {
  const temp_dir folder{"spool"};
  auto options = options_at(folder / "s");
  options.fsync = true;
  const auto opened = open_spool(std::move(options));
  put_device(folder / "s", 1, "/dev/null"); // takes all bytes, and cannot be written out
  ASSERT_TRUE(*opened->append("record 0"));
  const auto synced = opened->sync();
  ASSERT_FALSE(synced.ok());
  EXPECT_NE(synced.error().message().find("write out"), std::string::npos)
      << synced.error().message();
}

TEST(spool, a_write_that_ends_midway_is_an_error_and_harms_no_record_before) {
  const temp_dir folder{"spool"};
  const std::string body(1000, 'x');
  {
    const auto opened = open_spool(options_at(folder / "s"));
    ASSERT_TRUE(*opened->append(body));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit tight{1500, before.rlim_max};
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto second = opened->append(body);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    ASSERT_FALSE(second.ok());
  }
  const auto again = open_spool(options_at(folder / "s"));
  EXPECT_EQ(read_all(*again), std::vector<std::string>{body});
  EXPECT_EQ(again->lost(), 0U) << "what was cut off was never there";
}

/// Random appends, reads, acknowledgements, roll-backs, restarts and torn ends against a queue.
TEST(spool, does_what_a_queue_does_in_10000_random_runs) {
  const temp_dir folder{"spool"};
  std::mt19937 random{7};
  const auto below = [&](std::uint32_t n) { return random() % n; };
  for (int run = 0; run < 250; ++run) { // 40 sequences of 12 steps each, behind each other
    const auto path = folder / "s";
    std::filesystem::remove_all(path);
    const auto make = [&] {
      auto options = options_at(path);
      options.segment_size = 600;
      return open_spool(std::move(options));
    };
    auto tested = make();
    std::deque<std::pair<std::uint64_t, std::string>> model; ///< not acknowledged
    std::uint64_t next = 1;
    std::uint64_t read = 1; ///< next index to read
    for (int step = 0; step < 40 * 12; ++step) {
      switch (below(24)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6: {
          const std::string body(below(90), static_cast<char>('a' + below(26)));
          ASSERT_EQ(tested->next_index(), next);
          ASSERT_TRUE(*tested->append(body));
          model.emplace_back(next++, body);
          break;
        }
        case 7:
        case 8:
        case 9:
        case 10:
        case 11:
        case 12: {
          const auto got = tested->read();
          ASSERT_TRUE(got.ok());
          ASSERT_EQ(got->has_value(), read < next) << run;
          if (!*got)
            break;
          ASSERT_EQ((*got)->index, read);
          const auto same = std::find_if(model.begin(), model.end(),
                                         [&](const auto& each) { return each.first == read; });
          ASSERT_TRUE(same != model.end() && same->second == (*got)->body);
          ++read;
          break;
        }
        case 13:
        case 14:
        case 15:
        case 16:
        case 17: {
          if (read == 1 || model.empty() || model.front().first >= read)
            break;
          const auto upto =
              model.front().first + below(static_cast<std::uint32_t>(read - model.front().first));
          ASSERT_TRUE(tested->acknowledge(upto).ok());
          while (!model.empty() && model.front().first <= upto)
            model.pop_front();
          break;
        }
        case 18:
        case 19:
        case 20:
        case 21:
        case 22: {
          const auto mark = tested->position();
          for (auto n = below(4); n != 0; --n)
            ASSERT_TRUE(*tested->append("to be rolled back"));
          ASSERT_TRUE(tested->roll_back(mark).ok());
          break;
        }
        default: {
          tested.reset();
          tested = make(); // may give again what lies in a segment with others
          const auto left = read_all(*tested);
          ASSERT_GE(left.size(), model.size()) << run;
          for (std::size_t i = 0; i < model.size(); ++i)
            ASSERT_EQ(left[left.size() - model.size() + i], model[i].second) << run;
          EXPECT_EQ(tested->lost(), 0U) << run;
          if (model.empty() && left.empty())
            next = tested->next_index();
          read = next = tested->next_index();
        }
      }
    }
  }
}

} // namespace
} // namespace lepton::tests
