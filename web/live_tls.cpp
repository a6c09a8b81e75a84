#include "web/live_tls.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <utility>

namespace lepton::web {

namespace {

constexpr auto look_every = std::chrono::seconds{1};
constexpr std::int64_t ns_per_second = 1'000'000'000;

} // namespace

core::result<std::shared_ptr<live_tls>> live_tls::load(tls_files files) {
  const auto seen = stamp_of(files); // before: a change meanwhile is seen later
  auto context = tls_context::load(files);
  if (!context)
    return context.error();
  return std::shared_ptr<live_tls>{new live_tls(std::move(files), seen, std::move(*context))};
}

live_tls::stamp live_tls::stamp_of(const tls_files& files) {
  stamp out{};
  std::size_t at = 0;
  for (const auto* path : {&files.certificate, &files.key}) {
    struct stat found{};
    if (::stat(path->c_str(), &found) == 0) {
      out[at] = found.st_mtim.tv_sec * ns_per_second + found.st_mtim.tv_nsec;
      out[at + 1] = static_cast<std::int64_t>(found.st_ino);
    }
    at += 2;
  }
  return out;
}

std::shared_ptr<const tls_context> live_tls::current() {
  const std::scoped_lock guard{mutex_};
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < look_every)
    return context_;
  looked_ = now;
  const auto seen = stamp_of(files_);
  if (seen == seen_)
    return context_;
  seen_ = seen;
  auto fresh = tls_context::load(files_);
  if (!fresh) {
    spdlog::error("the certificate from before goes on: {}", fresh.error().message());
    return context_;
  }
  context_ = std::make_shared<const tls_context>(std::move(*fresh));
  spdlog::info("{} has changed: new connections get the new certificate", files_.certificate);
  return context_;
}

} // namespace lepton::web
