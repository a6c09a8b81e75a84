#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <zmq.h>

namespace lepton::connectors {

/// One libzmq context with its own I/O thread. The last owner ends it, which waits for the linger
/// of its sockets.
class zmq_context {
public:
  zmq_context();
  ~zmq_context();
  zmq_context(const zmq_context&) = delete;
  zmq_context& operator=(const zmq_context&) = delete;

  void* get() const noexcept { return context_; }

private:
  void* context_;
};
using zmq_context_ptr = std::shared_ptr<zmq_context>;

/// One frame. Its bytes stay where libzmq put them.
class zmq_frame {
public:
  zmq_frame() noexcept { zmq_msg_init(&message_); }
  explicit zmq_frame(std::string_view bytes);
  zmq_frame(zmq_frame&& other) noexcept {
    zmq_msg_init(&message_);
    zmq_msg_move(&message_, &other.message_);
  }
  zmq_frame& operator=(zmq_frame&& other) noexcept {
    zmq_msg_move(&message_, &other.message_);
    return *this;
  }
  ~zmq_frame() { zmq_msg_close(&message_); }

  zmq_msg_t* get() noexcept { return &message_; }
  std::string_view bytes() const noexcept {
    auto* message = const_cast<zmq_msg_t*>(&message_); // libzmq takes no pointer to const
    return {static_cast<const char*>(zmq_msg_data(message)), zmq_msg_size(message)};
  }
  bool more() const noexcept { return zmq_msg_more(&message_) != 0; }
  /// The name that the ZAP handler gave to the peer which sent the frame; empty without CURVE.
  std::string_view user() const noexcept;

private:
  zmq_msg_t message_;
};

/// One libzmq socket. Used by one thread at a time; a move between threads needs a full fence.
class zmq_socket {
public:
  zmq_socket() = default;
  zmq_socket(zmq_context_ptr context, int type);
  zmq_socket(zmq_socket&& other) noexcept
      : context_{std::move(other.context_)}, socket_{std::exchange(other.socket_, nullptr)} {}
  zmq_socket& operator=(zmq_socket&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~zmq_socket() { close(); }

  void close() noexcept;
  void* get() const noexcept { return socket_; }
  explicit operator bool() const noexcept { return socket_ != nullptr; }

  /// Sets an option that is known to exist; a failure is a bug and asserts.
  void set(int option, int value);
  void set(int option, std::int64_t value);
  void set(int option, std::string_view value);

  core::result<void> bind(const std::string& endpoint);
  core::result<void> connect(const std::string& endpoint);
  /// The endpoint that the last `bind` really has (the port of "tcp://127.0.0.1:*").
  std::string last_endpoint() const;

  /// Never wait. False: nothing there, or no room for another message (EAGAIN); also when a peer
  /// that a ROUTER should send to has gone.
  bool receive(zmq_frame& into) noexcept;
  bool send(std::string_view bytes, bool more = false) noexcept;
  bool send(zmq_frame& frame, bool more = false) noexcept;

private:
  zmq_context_ptr context_;
  void* socket_ = nullptr;
};

/// What libzmq's errno says about `action`.
core::error zmq_failure(std::string_view action, const std::string& endpoint, int error);

} // namespace lepton::connectors
