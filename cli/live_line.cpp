#include "cli/live_line.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <string>

namespace lepton::cli {

namespace {

constexpr auto terminal_every = std::chrono::milliseconds{500};
constexpr auto log_every = std::chrono::seconds{10};

std::string short_number(double n) {
  if (n >= 1e6)
    return fmt::format("{:.2f}M", n / 1e6);
  return n >= 1e4 ? fmt::format("{:.1f}k", n / 1e3) : fmt::format("{:.0f}", n);
}

std::string describe(const run_totals& now, double rate) {
  std::int64_t dropped = 0;
  for (const auto& [cause, count] : now.dropped)
    if (cause != "filtered" && cause != "sampled" && cause != "unconsumed")
      dropped += count;
  auto line = fmt::format("{} records/s | in {} out {} | p99 {:.1f} ms | queue {}",
                          short_number(rate), now.records_in, now.records_out,
                          static_cast<double>(now.p99_ns) / 1e6, now.queued);
  if (now.lag)
    line += fmt::format(" | lag {}", *now.lag);
  line += fmt::format(" | errors {} | dropped {}", now.errors, dropped);
  return line;
}

} // namespace

live_line::live_line(bool bench)
    : terminal_{isatty(STDERR_FILENO) == 1}, silent_{bench}, last_{clock::now()} {}

void live_line::update(actors::runtime& running) {
  const auto now = clock::now();
  if (silent_ ||
      now - last_ < (terminal_ ? clock::duration{terminal_every} : clock::duration{log_every}))
    return;
  const auto state = totals(running);
  const double seconds = std::chrono::duration<double>(now - last_).count();
  const double rate = static_cast<double>(state.records_in - last_records_) / seconds;
  last_ = now;
  last_records_ = state.records_in;
  const auto text = describe(state, rate);
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", text);
    std::fflush(stderr);
    shown_ = true;
  } else {
    spdlog::info("{}", text);
  }
}

void live_line::clear() {
  if (shown_)
    fmt::print(stderr, "\r\x1b[K");
  shown_ = false;
}

} // namespace lepton::cli
