#pragma once

#include <string>
#include <string_view>

namespace lepton::connectors {

/// Whether a text is an endpoint that libzmq can use here: tcp://, ipc:// or inproc://.
bool is_endpoint(std::string_view text) noexcept;

/// Nobody outside this host can reach the endpoint: ipc, inproc, or tcp on 127.0.0.0/8, ::1 or
/// localhost.
bool is_local_endpoint(std::string_view text) noexcept;

/// The endpoint to connect to for one that was bound: a wildcard address becomes loopback.
std::string reachable_endpoint(const std::string& bound);

} // namespace lepton::connectors
