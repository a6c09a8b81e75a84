#include "core/units.hpp"

#include <gtest/gtest.h>

namespace lepton {

using core::format_duration;
using core::format_size;
using core::parse_duration;
using core::parse_share;
using core::parse_size;
using namespace std::chrono_literals;

TEST(units, reads_durations) {
  EXPECT_EQ(parse_duration("0"), 0ns);
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("250us"), 250us);
  EXPECT_EQ(parse_duration("250µs"), 250us);
  EXPECT_EQ(parse_duration("50ms"), 50ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("7d"), 7 * 24h);
  EXPECT_EQ(parse_duration("10 ms"), 10ms);
}

TEST(units, refuse_other_texts_as_durations) {
  for (const char* text : {"", "5", "ms", "-1s", "1e3ms", "1 second", "inf s", "nan", "1s2", " 1s",
                           "1000000000d", "0x10s", "1,5s"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(units, read_sizes) {
  EXPECT_EQ(parse_size("512"), 512);
  EXPECT_EQ(parse_size("512B"), 512);
  EXPECT_EQ(parse_size("64KiB"), 65536);
  EXPECT_EQ(parse_size("1.5MiB"), 1572864);
  EXPECT_EQ(parse_size("2GiB"), 2LL << 30);
  EXPECT_EQ(parse_size("1kB"), 1000);
  EXPECT_EQ(parse_size("1MB"), 1000000);
  for (const char* text : {"", "-1", "1 K", "1kb", "many", "9999999TiB", "1e3"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(units, read_shares) {
  EXPECT_DOUBLE_EQ(parse_share("20%").value(), 0.2);
  EXPECT_DOUBLE_EQ(parse_share("0.2").value(), 0.2);
  EXPECT_DOUBLE_EQ(parse_share("1").value(), 1.0);
  EXPECT_DOUBLE_EQ(parse_share("100%").value(), 1.0);
  for (const char* text : {"", "101%", "1.5", "-1%", "20 percent", "%"})
    EXPECT_FALSE(parse_share(text)) << text;
}

TEST(units, write_durations_that_they_read_back) {
  EXPECT_EQ(format_duration(0ns), "0");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(250us), "250us");
  for (const auto value : {core::duration{1}, core::duration{999}, core::duration{50ms},
                           core::duration{90s}, core::duration{36h}, core::duration::max()}) {
    const auto back = parse_duration(format_duration(value));
    ASSERT_TRUE(back || value == core::duration::max()) << format_duration(value);
    if (back) {
      EXPECT_NEAR(static_cast<double>(back->count()), static_cast<double>(value.count()),
                  1e-3 * static_cast<double>(value.count()));
    }
  }
}

TEST(units, write_sizes_for_people) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(1 << 20), "1 MiB");
  EXPECT_EQ(format_size(1LL << 30), "1 GiB");
  EXPECT_EQ(format_size(3LL << 40), "3 TiB");
}

} // namespace lepton
