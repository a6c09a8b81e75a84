#include "crypto/audit/audit_log.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace lepton::crypto {

namespace {

/// The signals of the process are for its main thread.
std::thread start_without_signals(auto body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread started{std::move(body)};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

} // namespace

core::result<std::unique_ptr<audit_log>> audit_log::open(const std::string& folder,
                                                         const options& wanted) {
  // One half of the patience for other threads (`append`), one for other processes.
  auto shared = wanted;
  shared.writer.lock_patience /= 2;
  auto writer = audit_writer::open(folder, shared.writer);
  if (!writer)
    return writer.error();
  return std::unique_ptr<audit_log>{new audit_log(std::move(*writer), shared)};
}

audit_log::audit_log(audit_writer writer, const options& wanted)
    : options_{wanted}, writer_{std::move(writer)} {
  thread_ = start_without_signals([this] { run(); });
}

audit_log::~audit_log() {
  {
    const std::scoped_lock guard{queue_mutex_};
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

core::result<void> audit_log::append(const audit_record& record) {
  const std::unique_lock guard{writing_, options_.writer.lock_patience};
  if (!guard)
    return core::error{core::errc::timeout, "the audit log is busy; try again"};
  return writer_.append(record, audit_sync::now);
}

bool audit_log::offer(audit_record record) noexcept {
  {
    const std::scoped_lock guard{queue_mutex_};
    if (queue_.size() >= options_.queue || ending_) {
      ++dropped_;
      return false;
    }
    queue_.push_back(std::move(record));
  }
  wake_.notify_one();
  return true;
}

void audit_log::run() {
  auto next_checkpoint = std::chrono::steady_clock::now() + options_.checkpoint_every;
  for (bool last = false; !last;) {
    std::deque<audit_record> taken;
    {
      std::unique_lock guard{queue_mutex_};
      wake_.wait_until(guard, next_checkpoint, [this] { return ending_ || !queue_.empty(); });
      taken.swap(queue_);
      last = ending_;
    }
    write(std::move(taken));
    if (!last && std::chrono::steady_clock::now() < next_checkpoint)
      continue;
    const std::scoped_lock guard{writing_};
    (void)writer_.checkpoint(); // what fails is signed by the next one
    next_checkpoint = std::chrono::steady_clock::now() + options_.checkpoint_every;
  }
}

void audit_log::write(std::deque<audit_record> records) {
  while (!records.empty()) {
    report_drops();
    write_later(records.front(), 1);
    records.pop_front();
    if (!healthy_.load()) { // each more would wait as long as this one, and admin verbs behind it
      dropped_ += records.size();
      return;
    }
  }
  report_drops();
}

void audit_log::report_drops() {
  const auto before = dropped_.load();
  const auto missing = before - reported_;
  if (missing == 0)
    return;
  write_later({"lepton", "", "audit.dropped", fmt::format("audit:dropped:{}", missing), "event"},
              0);
  if (healthy_.load())
    reported_ = before;
}

void audit_log::write_later(const audit_record& record, std::uint64_t counts_for) {
  const std::scoped_lock guard{writing_};
  const bool written = writer_.append(record, audit_sync::later).ok();
  healthy_.store(written);
  if (!written)
    dropped_ += counts_for;
}

} // namespace lepton::crypto
