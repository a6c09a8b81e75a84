#include "crypto/keyring/live_keyring.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace lepton::crypto {

namespace {

/// Between two looks that `missing` asks for.
constexpr auto wanted_every = std::chrono::seconds{1};

} // namespace

core::result<std::unique_ptr<live_keyring>>
live_keyring::open(std::string path, root_material material, live_keyring_options options) {
  auto file = keyring_file::open(std::move(path), std::move(material));
  if (!file)
    return file.error();
  return std::unique_ptr<live_keyring>{new live_keyring{std::move(*file), std::move(options)}};
}

live_keyring::live_keyring(keyring_file file, live_keyring_options options)
    : options_{std::move(options)}, path_{file.path()}, file_{std::move(file)},
      keys_{std::make_shared<const keyring>(file_.keys())} {
  status_.version = file_.version();
  status_.generation = generation_;
  watcher_ = std::thread{[this] { watch(); }};
}

live_keyring::~live_keyring() {
  {
    const std::lock_guard hold{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  watcher_.join();
}

std::uint64_t live_keyring::generation() const noexcept {
  return generation_.load(std::memory_order_acquire);
}

std::shared_ptr<const keyring> live_keyring::snapshot() const {
  const std::lock_guard hold{mutex_};
  return keys_;
}

key_version_ptr live_keyring::primary(std::string_view name, std::string_view tenant) const {
  const auto keys = snapshot();
  const auto* key = keys->find(name, tenant);
  const auto* version = key ? key->primary() : nullptr;
  return version ? version->key : nullptr;
}

key_version_ptr live_keyring::find(std::string_view name, std::string_view tenant,
                                   const key_id& id) const {
  const auto keys = snapshot();
  const auto* key = keys->find(name, tenant);
  const auto* version = key ? key->version(id) : nullptr;
  return version && may_open(version->state) ? version->key : nullptr;
}

key_version_ptr live_keyring::hash_key(std::string_view name, std::string_view tenant) const {
  const auto keys = snapshot();
  const auto* key = keys->find(name, tenant);
  return key ? key->hash_key : nullptr;
}

identity_ptr live_keyring::own_identity() const {
  return snapshot()->own_identity();
}

void live_keyring::missing(const key_id&) {
  {
    const std::lock_guard hold{mutex_};
    wanted_ = true;
  }
  wake_.notify_all();
}

void live_keyring::refresh() {
  std::unique_lock hold{mutex_};
  const auto enough = looks_ + (looking_ ? 2 : 1); // one under way may have read the old file
  wanted_ = true;
  wake_.notify_all();
  wake_.wait_for(hold, 2 * wanted_every, [&] { return looks_ >= enough || stopping_; });
}

keyring_status live_keyring::status() const {
  const std::lock_guard hold{mutex_};
  return status_;
}

void live_keyring::watch() {
  auto last_wanted = clock::now() - wanted_every;
  std::unique_lock hold{mutex_};
  auto next = clock::now() + options_.poll;
  while (!stopping_) {
    const auto until = wanted_ ? std::min(next, last_wanted + wanted_every) : next;
    if (clock::now() < until) {
      wake_.wait_until(hold, until);
      continue;
    }
    if (std::exchange(wanted_, false))
      last_wanted = clock::now();
    looking_ = true;
    hold.unlock();
    look();
    hold.lock();
    looking_ = false;
    ++looks_;
    wake_.notify_all(); // whoever waits in `refresh`
    next = clock::now() + options_.poll;
  }
}

void live_keyring::look() {
  const auto stamp = stamp_of(path_);
  if (!status().healthy && stamp == unusable_ && clock::now() - last_tried_ < options_.retry)
    return;
  const auto newer = file_.reload();
  if (!newer) {
    unusable_ = stamp;
    last_tried_ = clock::now();
    return report_failure(newer.error());
  }
  if (*newer)
    return take_over();
  bool recovered = false;
  {
    const std::lock_guard hold{mutex_};
    recovered = !std::exchange(status_.healthy, true);
    status_.error.clear();
  }
  if (recovered && options_.on_change)
    options_.on_change(status());
}

void live_keyring::take_over() {
  auto keys = std::make_shared<const keyring>(file_.keys());
  {
    const std::lock_guard hold{mutex_};
    std::swap(keys_, keys);
    status_.version = file_.version();
    status_.healthy = true;
    status_.error.clear();
    ++status_.reloads;
    // After the keys: whoever sees the new number asks for its keys and must get the new ones.
    status_.generation = generation_.fetch_add(1, std::memory_order_acq_rel) + 1;
  }
  const auto now = status();
  spdlog::info("keyring {}: version {} is in use", path_, now.version);
  if (options_.on_change)
    options_.on_change(now);
}

void live_keyring::report_failure(const core::error& failure) {
  bool first = false;
  {
    const std::lock_guard hold{mutex_};
    first = status_.healthy || status_.error != failure.message();
    status_.healthy = false;
    status_.error = failure.message();
    ++status_.failures;
  }
  if (!first)
    return;
  const auto now = status();
  spdlog::error("{}; version {} stays in use", failure.message(), now.version);
  if (options_.on_change)
    options_.on_change(now);
}

} // namespace lepton::crypto
