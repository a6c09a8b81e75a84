#include "actors/actor_errors.hpp"

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include <exception>

namespace lepton::actors {

namespace {

void log_exception(const std::string& name, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    spdlog::error("worker of {} failed: {}", name, e.what());
  } catch (...) {
    spdlog::error("worker of {} failed with an unknown exception", name);
  }
}

} // namespace

void harden(caf::event_based_actor* self, const std::string& name) {
  self->set_default_handler(
      [name](caf::scheduled_actor*, const caf::message_view&) -> caf::result<caf::message> {
        spdlog::error("{}: an unexpected message was dropped", name);
        return caf::sec::unexpected_message;
      });
  self->set_exception_handler([name](caf::scheduled_actor*, std::exception_ptr& failure) {
    log_exception(name, failure);
    return caf::make_error(caf::sec::runtime_error);
  });
}

} // namespace lepton::actors
