#include "connectors/zeromq/zmq_socket.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lepton::connectors {

namespace {

core::errc kind_of(int error) noexcept {
  switch (error) {
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case ENODEV: return core::errc::unavailable;
    case EACCES: return core::errc::permission;
    case EINVAL:
    case EPROTONOSUPPORT: return core::errc::invalid_argument;
    default: return core::errc::io;
  }
}

const char* advice(int error) noexcept {
  switch (error) {
    case EADDRINUSE: return "; another process listens there, choose another port";
    case ENODEV:
    case EADDRNOTAVAIL: return "; this host has no such address";
    case EINVAL: return "; write tcp://HOST:PORT, ipc://PATH or inproc://NAME";
    default: return "";
  }
}

} // namespace

zmq_context::zmq_context() : context_{zmq_ctx_new()} {
  LEPTON_ASSERT(context_ != nullptr);
}

zmq_context::~zmq_context() {
  while (zmq_ctx_term(context_) == -1 && errno == EINTR) {
  }
}

zmq_frame::zmq_frame(std::string_view bytes) {
  const int made = zmq_msg_init_size(&message_, bytes.size());
  LEPTON_ASSERT(made == 0);
  if (!bytes.empty())
    std::memcpy(zmq_msg_data(&message_), bytes.data(), bytes.size());
}

std::string_view zmq_frame::user() const noexcept {
  const char* name = zmq_msg_gets(&message_, "User-Id");
  return name ? std::string_view{name} : std::string_view{};
}

zmq_socket::zmq_socket(zmq_context_ptr context, int type)
    : context_{std::move(context)}, socket_{::zmq_socket(context_->get(), type)} {
  LEPTON_ASSERT(socket_ != nullptr);
}

void zmq_socket::close() noexcept {
  if (socket_)
    zmq_close(socket_);
  socket_ = nullptr;
  context_.reset();
}

void zmq_socket::set(int option, int value) {
  const int done = zmq_setsockopt(socket_, option, &value, sizeof value);
  LEPTON_ASSERT(done == 0);
}

void zmq_socket::set(int option, std::int64_t value) {
  const int done = zmq_setsockopt(socket_, option, &value, sizeof value);
  LEPTON_ASSERT(done == 0);
}

void zmq_socket::set(int option, std::string_view value) {
  const int done = zmq_setsockopt(socket_, option, value.data(), value.size());
  LEPTON_ASSERT(done == 0);
}

core::result<void> zmq_socket::bind(const std::string& endpoint) {
  if (zmq_bind(socket_, endpoint.c_str()) != 0)
    return zmq_failure("listen at", endpoint, errno);
  return {};
}

core::result<void> zmq_socket::connect(const std::string& endpoint) {
  if (zmq_connect(socket_, endpoint.c_str()) != 0)
    return zmq_failure("connect to", endpoint, errno);
  return {};
}

std::string zmq_socket::last_endpoint() const {
  std::array<char, 1024> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0)
    return {};
  return {text.data()};
}

bool zmq_socket::receive(zmq_frame& into) noexcept {
  return zmq_msg_recv(into.get(), socket_, ZMQ_DONTWAIT) >= 0;
}

bool zmq_socket::send(std::string_view bytes, bool more) noexcept {
  return zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >=
         0;
}

bool zmq_socket::send(zmq_frame& frame, bool more) noexcept {
  return zmq_msg_send(frame.get(), socket_, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0;
}

core::error zmq_failure(std::string_view action, const std::string& endpoint, int error) {
  return {kind_of(error),
          fmt::format("cannot {} {}: {}{}", action, endpoint, zmq_strerror(error), advice(error))};
}

} // namespace lepton::connectors
