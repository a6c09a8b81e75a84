#include "web/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lepton::web {

namespace {

using core::errc;
using core::error;

/// The texts of OpenSSL hold neither keys nor paths.
error tls_error(std::string what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return {errc::invalid_argument, fmt::format("{}: {}", what, text.data())};
}

core::result<void> check_key_file(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0)
    return error{errno == ENOENT ? errc::not_found : errc::io,
                 fmt::format("cannot open the key {}: {}", path, std::strerror(errno))};
  if ((found.st_mode & 077) != 0)
    return error{errc::permission,
                 fmt::format("the key {} is open to other users; run `chmod 600 {}`", path, path)};
  return {};
}

} // namespace

void tls_session_deleter::operator()(ssl_st* session) const noexcept {
  SSL_free(session);
}

void tls_context::deleter::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

core::result<tls_context> tls_context::load(const tls_files& files) {
  LEPTON_TRY(check_key_file(files.key));
  tls_context out{SSL_CTX_new(TLS_server_method())};
  auto* context = out.context_.get();
  if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
    return tls_error("cannot set up TLS");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // An encrypted key would ask for its passphrase on the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return tls_error("cannot set up TLS");
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return tls_error(fmt::format("cannot use the certificate {}", files.certificate));
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return tls_error(
        fmt::format("cannot use the key {} with the certificate {}", files.key, files.certificate));
  return out;
}

tls_session tls_context::accept_on(int socket) const {
  tls_session out{SSL_new(context_.get())};
  if (!out || SSL_set_fd(out.get(), socket) != 1)
    return nullptr;
  SSL_set_accept_state(out.get());
  return out;
}

} // namespace lepton::web
