#include "cli/live_policy.hpp"

#include "crypto/keyring/safe_file.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <utility>

namespace lepton::cli {

namespace {

constexpr auto look_every = std::chrono::seconds{1};
constexpr std::size_t file_limit = 1 << 20;

} // namespace

core::result<crypto::policy> read_policy(const std::string& path) {
  const crypto::owned_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    return crypto::os_error("open", path, errno);
  const auto text = crypto::read_all(file.get(), path, file_limit);
  if (!text)
    return text.error();
  const auto rules = crypto::parse_access_rules(*text);
  if (!rules)
    return rules.error().with_context(path);
  return crypto::policy::of(*rules);
}

core::result<std::shared_ptr<live_policy>> live_policy::open(std::string path) {
  const auto stamp = crypto::stamp_of(path); // before: a change meanwhile is seen later
  auto rules = read_policy(path);
  if (!rules)
    return rules.error();
  return std::shared_ptr<live_policy>{new live_policy(std::move(path), stamp, std::move(*rules))};
}

std::shared_ptr<const crypto::policy> live_policy::rules() {
  const std::scoped_lock guard{mutex_};
  if (const auto now = std::chrono::steady_clock::now(); now - looked_ >= look_every) {
    looked_ = now;
    refresh();
  }
  return rules_;
}

void live_policy::refresh() {
  const auto stamp = crypto::stamp_of(path_);
  if (stamp == stamp_)
    return;
  stamp_ = stamp;
  auto rules = read_policy(path_);
  if (!rules) {
    spdlog::error("the rules from before go on: {}", rules.error().message());
    return;
  }
  rules_ = std::make_shared<const crypto::policy>(std::move(*rules));
  spdlog::info("{} has changed: its rules count from now on", path_);
}

} // namespace lepton::cli
