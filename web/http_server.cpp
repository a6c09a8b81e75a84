#include "web/http_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

namespace lepton::web {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto linger_timeout = std::chrono::milliseconds{250};
constexpr std::size_t linger_bytes = 64 << 10;

/// One connection: ends with an error when the time or the bytes of a request are used up, or when
/// the server stops. httplib's own stream bounds neither, and cannot use descriptors above 1023.
class bounded_stream : public httplib::Stream {
public:
  bounded_stream(int socket, int stopping, const http_limits& limits)
      : socket_{socket}, stopping_{stopping}, deadline_{clock::now() + limits.request_time},
        bytes_left_{limits.request_bytes} {}

  bool is_readable() const override { return wait(POLLIN); }
  bool is_writable() const override { return wait(POLLOUT); }

  ssize_t read(char* to, std::size_t size) override {
    const auto wanted = std::min(size, bytes_left_);
    if (wanted == 0)
      return -1;
    const auto count = receive(to, wanted);
    if (count > 0)
      bytes_left_ -= static_cast<std::size_t>(count);
    return count;
  }
  ssize_t write(const char* from, std::size_t size) override {
    return wait(POLLOUT) ? send(socket_, from, size, MSG_NOSIGNAL) : -1;
  }

  /// Lets the peer read the answer: closing while bytes of it are unread would throw that away.
  void finish() {
    end_writing();
    deadline_ = clock::now() + linger_timeout;
    bytes_left_ = linger_bytes;
    for (char unread[1024]; read(unread, sizeof unread) > 0;) {
    }
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; } // only compared with FD_SETSIZE

protected:
  virtual ssize_t receive(char* to, std::size_t size) {
    return wait(POLLIN) ? recv(socket_, to, size, 0) : -1;
  }
  virtual void end_writing() { shutdown(socket_, SHUT_WR); }

  bool wait(short what) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock::now());
    pollfd both[2] = {{socket_, what, 0}, {stopping_, POLLIN, 0}};
    return left.count() > 0 && poll(both, 2, static_cast<int>(left.count())) > 0 &&
           both[1].revents == 0;
  }
  int descriptor() const noexcept { return socket_; }

private:
  int socket_;
  int stopping_;
  clock::time_point deadline_;
  std::size_t bytes_left_;
};

/// The same through TLS, on a socket that does not block.
class tls_stream final : public bounded_stream {
public:
  tls_stream(tls_session session, int socket, int stopping, const http_limits& limits)
      : bounded_stream{socket, stopping, limits}, session_{std::move(session)} {}

  /// False if the peer speaks no TLS that we do, or takes too long.
  bool shake_hands() {
    return until_done([this] { return SSL_do_handshake(session_.get()); }) > 0;
  }
  bool is_readable() const override {
    return SSL_pending(session_.get()) > 0 || bounded_stream::is_readable();
  }
  ssize_t write(const char* from, std::size_t size) override {
    return until_done([&] { return SSL_write(session_.get(), from, static_cast<int>(size)); });
  }

private:
  ssize_t receive(char* to, std::size_t size) override {
    return until_done([&] { return SSL_read(session_.get(), to, static_cast<int>(size)); });
  }
  void end_writing() override {
    SSL_shutdown(session_.get());
    bounded_stream::end_writing();
  }

  /// What `step` gives once it needs not wait; -1 on any failure.
  template <class Step>
  ssize_t until_done(const Step& step) {
    while (true) {
      ERR_clear_error();
      const int done = step();
      if (done > 0)
        return done;
      const int why = SSL_get_error(session_.get(), done);
      const short what = why == SSL_ERROR_WANT_READ    ? POLLIN
                         : why == SSL_ERROR_WANT_WRITE ? POLLOUT
                                                       : short{0};
      if (what == 0 || !wait(what))
        return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
    }
  }

  tls_session session_;
};

/// httplib parses requests and writes answers; what is read, for how long, and when it ends is
/// ours.
class bounded_server final : public httplib::Server {
public:
  bounded_server(http_handler handler, const http_limits& limits, std::shared_ptr<live_tls> tls)
      : handler_{std::move(handler)}, limits_{limits}, tls_{std::move(tls)} {
    new_task_queue = [this] { return new httplib::ThreadPool(limits_.threads); };
    set_socket_options([](int socket) { // not SO_REUSEPORT: a second server must be told
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    set_default_headers({{"Cache-Control", "no-store"},
                         {"X-Content-Type-Options", "nosniff"},
                         {"Content-Security-Policy", "default-src 'none'"}});
    set_pre_routing_handler([this](const httplib::Request& in, httplib::Response& out) {
      answer(in, out);
      return HandlerResponse::Handled;
    });
    set_exception_handler([](const auto&, httplib::Response& out, std::exception_ptr) {
      out.status = 500;
      out.set_content("{\"error\": \"internal error\"}\n", "application/json");
    });
    set_error_handler([](const httplib::Request&, httplib::Response& out) {
      if (out.body.empty())
        out.set_content("{\"error\": \"malformed request\"}\n", "application/json");
    });
  }
  ~bounded_server() override { close(stopping_); }

  void interrupt() {
    const std::uint64_t one = 1;
    (void)!::write(stopping_, &one, sizeof one);
  }

private:
  bool process_and_close_socket(socket_t socket) override {
    const bool ok = tls_ ? serve_tls(socket) : serve_plain(socket);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return ok;
  }

  bool serve_plain(int socket) {
    bounded_stream stream{socket, stopping_, limits_};
    return serve(stream);
  }

  bool serve_tls(int socket) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    auto session = tls_->accept_on(socket);
    if (!session)
      return false;
    tls_stream stream{std::move(session), socket, stopping_, limits_};
    return stream.shake_hands() && serve(stream);
  }

  bool serve(bounded_stream& stream) {
    bool closed = false;
    const bool ok = process_request(stream, true, closed, {});
    if (ok)
      stream.finish();
    return ok;
  }

  void answer(const httplib::Request& in, httplib::Response& out) {
    const bool one = in.get_header_value_count("Authorization") == 1;
    auto response = handler_({in.method, in.path, in.get_header_value("Host"),
                              one ? in.get_header_value("Authorization") : std::string{}});
    out.status = response.status;
    if (response.status == 401)
      out.set_header("WWW-Authenticate", "Bearer");
    if (response.status == 405)
      out.set_header("Allow", "GET");
    out.set_content(std::move(response.body), response.content_type);
  }

  http_handler handler_;
  http_limits limits_;
  std::shared_ptr<live_tls> tls_;
  int stopping_ = eventfd(0, EFD_CLOEXEC);
};

/// Threads that are made meanwhile take no signals: those are for the main thread.
class blocked_signals {
public:
  blocked_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;

private:
  sigset_t before_;
};

core::error bind_error(const listen_address& address, int code) {
  const auto place = address.text();
  if (code == EADDRINUSE)
    return {
        core::errc::invalid_argument,
        fmt::format("{} is in use by another process; choose another port, or 0 for any", place)};
  if (code == EACCES)
    return {core::errc::permission,
            fmt::format("not permitted to listen on {}; choose a port above 1023", place)};
  return {core::errc::io, fmt::format("cannot listen on {}: {}", place, std::strerror(code))};
}

/// httplib's constructor ignores SIGPIPE for the whole process; our streams do not need that.
std::unique_ptr<bounded_server> make_server(http_handler handler, const http_limits& limits,
                                            std::shared_ptr<live_tls> tls) {
  struct sigaction before{};
  sigaction(SIGPIPE, nullptr, &before);
  auto made = std::make_unique<bounded_server>(std::move(handler), limits, std::move(tls));
  sigaction(SIGPIPE, &before, nullptr);
  return made;
}

} // namespace

struct http_server::impl {
  listen_address address;
  std::unique_ptr<bounded_server> server;
  std::thread thread;
  std::atomic<bool> ended{false};

  core::result<void> bind() {
    errno = 0;
    const int port = address.port == 0 ? server->bind_to_any_port(address.host)
                     : server->bind_to_port(address.host, address.port) ? address.port
                                                                        : -1;
    if (port < 0)
      return bind_error(address, errno);
    address.port = port;
    return {};
  }

  void serve() {
    const blocked_signals none;
    thread = std::thread{[this] {
      server->listen_after_bind();
      ended.store(true);
    }};
    while (!server->is_running() && !ended.load()) // else a stop now would have no effect
      std::this_thread::yield();
  }
};

core::result<std::unique_ptr<http_server>> http_server::start(const listen_address& address,
                                                              http_handler handler,
                                                              const http_limits& limits,
                                                              std::shared_ptr<live_tls> tls) {
  auto self = std::make_unique<impl>();
  self->address = address;
  self->server = make_server(std::move(handler), limits, std::move(tls));
  LEPTON_TRY(self->bind());
  self->serve();
  return std::unique_ptr<http_server>{new http_server(std::move(self))};
}

http_server::http_server(std::unique_ptr<impl> self) : impl_{std::move(self)} {}

http_server::~http_server() {
  stop();
}

void http_server::stop() {
  if (!impl_->thread.joinable())
    return;
  impl_->server->interrupt();
  impl_->server->stop();
  impl_->thread.join();
}

const listen_address& http_server::address() const noexcept {
  return impl_->address;
}

} // namespace lepton::web
