#include "connectors/kafka/kafka_log.hpp"

#include <spdlog/spdlog.h>

#include <string_view>

namespace lepton::connectors {

namespace {

constexpr std::chrono::seconds window_length{10};

spdlog::level::level_enum level_of(int syslog, std::string_view facility) {
  if (facility == "FAIL" || facility == "ERROR" || facility == "REBOOTSTRAP" ||
      facility == "GETPID")
    return spdlog::level::debug;
  if (syslog <= 3)
    return spdlog::level::err;
  if (syslog <= 5)
    return spdlog::level::warn;
  return syslog == 6 ? spdlog::level::info : spdlog::level::debug;
}

} // namespace

void kafka_log::write(int level, const char* facility, const char* text) {
  const auto own = level_of(level, facility);
  if (!spdlog::should_log(own) || (own > spdlog::level::debug && !admit()))
    return;
  spdlog::log(own, "{}: librdkafka: {}: {}", component_, facility, text);
}

bool kafka_log::admit() {
  const std::lock_guard lock{mutex_};
  const auto now = clock::now();
  if (now - window_ >= window_length) {
    if (left_out_ > 0)
      spdlog::warn("{}: librdkafka: {} more lines were left out", component_, left_out_);
    window_ = now;
    lines_ = 0;
    left_out_ = 0;
  }
  if (++lines_ <= lines_per_window)
    return true;
  ++left_out_;
  return false;
}

} // namespace lepton::connectors
