#pragma once

#include "core/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace lepton::web {

/// Where the certificate of a server lies.
struct tls_files {
  std::string certificate; ///< PEM: the server's own first, then those that lead to its authority
  std::string key;         ///< PEM, not encrypted; only its owner may read it

  bool given() const noexcept { return !certificate.empty() && !key.empty(); }
};

struct tls_session_deleter {
  void operator()(ssl_st* session) const noexcept;
};
using tls_session = std::unique_ptr<ssl_st, tls_session_deleter>;

/// Certificate, key and rules for the connections of a server: TLS 1.2 or newer, no renegotiation,
/// no compression, no sessions that are resumed. Thread-safe once made.
class tls_context {
public:
  /// Fails if a file cannot be read, others may read the key, or the two do not belong together.
  static core::result<tls_context> load(const tls_files& files);

  /// For one connection that was accepted on `socket`; null if memory is short.
  tls_session accept_on(int socket) const;

private:
  struct deleter {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit tls_context(ssl_ctx_st* context) : context_{context} {}

  std::unique_ptr<ssl_ctx_st, deleter> context_;
};

} // namespace lepton::web
