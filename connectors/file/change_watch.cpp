#include "connectors/file/change_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace lepton::connectors {

void change_watch::add(const std::string& folder) {
  if (folders_.contains(folder))
    return;
  if (!events_)
    events_ = file_descriptor{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  constexpr auto changes = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE;
  if (events_ && ::inotify_add_watch(events_.get(), folder.c_str(), changes) >= 0)
    folders_.insert(folder);
}

bool change_watch::wait(std::chrono::milliseconds limit) {
  if (folders_.empty())
    return false;
  pollfd events{events_.get(), POLLIN, 0};
  if (::poll(&events, 1, static_cast<int>(limit.count())) <= 0)
    return false;
  alignas(inotify_event) char drained[4096];
  while (::read(events_.get(), drained, sizeof drained) > 0)
    continue;
  return true;
}

} // namespace lepton::connectors
