#pragma once

#include "core/result.hpp"
#include "web/pages.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace lepton::web {

/// Serves metrics, health and the state of one pipeline over HTTP on this machine. Read-only; knows
/// nothing of actors.
class server {
public:
  /// Listens on `address` ("127.0.0.1:9090"; port 0 = any free one) and serves until stopped. Fails
  /// on an address that is malformed, in use, or reachable from other machines.
  static core::result<std::unique_ptr<server>> start(std::string_view address, pages of);

  /// Closes the port; waits for answers under way. Safe to call again. The destructor stops too.
  void stop() { http_->stop(); }

  int port() const noexcept { return http_->address().port; } ///< that was bound
  /// "127.0.0.1:9090", with the port that was bound.
  std::string address() const { return http_->address().text(); }

private:
  explicit server(std::unique_ptr<http_server> http) : http_{std::move(http)} {}

  std::unique_ptr<http_server> http_;
};

} // namespace lepton::web
