#pragma once

#include <caf/event_based_actor.hpp>

#include <string>

namespace lepton::actors {

/// Replaces CAF's handlers that would print message contents or hide a failure: an unexpected
/// message is logged without its contents and dropped; an exception in a handler is logged with
/// `name` and ends the actor, so that its supervisor sees it go down.
void harden(caf::event_based_actor* self, const std::string& name);

} // namespace lepton::actors
