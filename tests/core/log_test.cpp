#include "core/log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace lepton {

namespace {

std::string logged(core::log_format format, std::string_view level, std::string_view message) {
  testing::internal::CaptureStderr();
  spdlog::drop("lepton");
  core::init_log(format, level);
  spdlog::debug("quiet");
  spdlog::warn("{}", message);
  return testing::internal::GetCapturedStderr();
}

} // namespace

TEST(log, writes_one_json_object_a_line) {
  const std::string nasty = "quote \" backslash \\ line\nbreak tab\t bell\a ü";
  const auto line = logged(core::log_format::json, "info", nasty);
  const auto parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["message"], nasty);
  EXPECT_EQ(parsed["level"], "warning");
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(log, writes_text_from_its_level_on) {
  const auto lines = logged(core::log_format::text, "debug", "loud");
  EXPECT_NE(lines.find("quiet"), std::string::npos);
  EXPECT_NE(lines.find("loud"), std::string::npos);
  EXPECT_EQ(logged(core::log_format::text, "error", "loud"), "");
}

} // namespace lepton
