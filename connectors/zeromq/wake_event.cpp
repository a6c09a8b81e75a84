#include "connectors/zeromq/wake_event.hpp"

#include "core/assert.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace lepton::connectors {

wake_event::wake_event() : event_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  LEPTON_ASSERT(event_);
}

void wake_event::signal() noexcept {
  const std::uint64_t one = 1;
  // A full counter means that a signal is waiting already.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

void wake_event::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
}

} // namespace lepton::connectors
