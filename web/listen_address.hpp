#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace lepton::web {

/// Where a server listens. Never a name that has to be resolved.
struct listen_address {
  std::string host; ///< numeric
  int port = 0;     ///< 0 = any free port

  /// "127.0.0.1:9090", "[::1]:9090".
  std::string text() const;
  /// Whether only processes of this machine can reach it: 127.0.0.0/8 or ::1.
  bool is_loopback() const;
};

/// Reads "127.0.0.1:9090", "localhost:9090", "[::1]:9090" or "0.0.0.0:9090". Fails with
/// `invalid_argument` on text of another form.
core::result<listen_address> parse_listen_address(std::string_view text);

} // namespace lepton::web
