#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lepton::tests {

/// `count` different TCP ports of 127.0.0.1 that nobody listens on now. They lie below the range
/// the system takes ports of outgoing connections from: a client that keeps trying to reach a
/// stopped server would otherwise occupy the very port the server needs to come back. Does not
/// reserve them. Throws std::runtime_error if there are none.
std::vector<std::uint16_t> free_ports(std::size_t count);

} // namespace lepton::tests
