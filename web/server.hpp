#pragma once

#include "core/result.hpp"
#include "web/pages.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace lepton::web {

/// Serves metrics, health and the state of one pipeline over HTTP. Read-only; knows nothing of
/// actors, nor of how tokens are verified.
class server {
public:
  /// Whether `start` would accept this address with these files, as far as that can be told without
  /// taking the port: for before a pipeline starts.
  static core::result<void> check(std::string_view address, const tls_files& tls, bool has_tokens);

  /// Listens on `address` ("127.0.0.1:9090"; port 0 = any free one) and serves until stopped. Fails
  /// on an address that is malformed or in use, and on one that other machines can reach unless
  /// there are both TLS and an authoriser in `of`.
  static core::result<std::unique_ptr<server>> start(std::string_view address, pages of,
                                                     const tls_files& tls = {});

  /// Closes the port; waits for answers under way. Safe to call again. The destructor stops too.
  void stop() { http_->stop(); }

  int port() const noexcept { return http_->address().port; } ///< that was bound
  /// "127.0.0.1:9090", with the port that was bound.
  std::string address() const { return http_->address().text(); }
  /// "http://127.0.0.1:9090" or "https://…".
  std::string url() const { return (encrypted_ ? "https://" : "http://") + address(); }

private:
  server(std::unique_ptr<http_server> http, bool encrypted)
      : http_{std::move(http)}, encrypted_{encrypted} {}

  std::unique_ptr<http_server> http_;
  bool encrypted_;
};

} // namespace lepton::web
