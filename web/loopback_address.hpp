#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace lepton::web {

/// An address that only processes of this machine can reach. Never a name that has to be resolved.
struct loopback_address {
  std::string host; ///< numeric: 127.0.0.0/8 or ::1
  int port = 0;     ///< 0 = any free port

  /// "127.0.0.1:9090", "[::1]:9090".
  std::string text() const;
};

/// Reads "127.0.0.1:9090", "localhost:9090" or "[::1]:9090". Fails with `invalid_argument` on text
/// of another form and on any address of another network: the API has no access control.
core::result<loopback_address> parse_loopback(std::string_view text);

} // namespace lepton::web
