#pragma once

#include "core/result.hpp"
#include "web/listen_address.hpp"
#include "web/live_tls.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace lepton::web {

/// What is left of a request once it was found well-formed.
struct http_request {
  std::string method;          ///< "GET"
  std::string path;            ///< without the query, percent-decoded
  std::string host;            ///< the Host header; may be empty
  std::string authorization{}; ///< the header of this name; empty if there is none, or several
};

struct http_response {
  int status = 200;
  std::string content_type;
  std::string body;
};

/// Answers one request. Called by several threads at once.
using http_handler = std::function<http_response(const http_request&)>;

/// What one client can use up at most.
struct http_limits {
  std::size_t threads = 2;                      ///< requests that are answered at the same time
  std::size_t request_bytes = 16 << 10;         ///< request line, headers and body
  std::chrono::milliseconds request_time{5000}; ///< from the first byte to the end of the answer
};

/// A small HTTP/1.1 server: one request a connection. Sleeps while nobody asks. Does not know what
/// it serves.
class http_server {
public:
  /// Listens and serves from then on, over TLS if `tls` is not null. Fails if the address cannot
  /// be taken.
  static core::result<std::unique_ptr<http_server>> start(const listen_address& address,
                                                          http_handler handler,
                                                          const http_limits& limits = {},
                                                          std::shared_ptr<live_tls> tls = nullptr);
  /// Stops.
  ~http_server();

  /// Closes the port and every connection; waits for the handlers that run. Safe to call again.
  void stop();

  const listen_address& address() const noexcept; ///< with the port that was bound

private:
  struct impl;
  explicit http_server(std::unique_ptr<impl> self);
  std::unique_ptr<impl> impl_;
};

} // namespace lepton::web
