#include "connectors/zeromq/zmq_gate.hpp"

#include "connectors/zeromq/curve_key_pair.hpp"
#include "connectors/zeromq/endpoint.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>

namespace lepton::connectors {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto self_test_limit = std::chrono::seconds{2};
constexpr const char* zap_domain = "lepton";

/// The type of socket that may talk to one of type `type`.
int opposite(int type) noexcept {
  switch (type) {
    case ZMQ_PULL: return ZMQ_PUSH;
    case ZMQ_PUSH: return ZMQ_PULL;
    case ZMQ_PUB: return ZMQ_SUB;
    case ZMQ_SUB: return ZMQ_PUB;
    default: return ZMQ_DEALER;
  }
}

void set_client_keys(zmq_socket& socket, const curve_key_pair& own, const std::string& server) {
  socket.set(ZMQ_CURVE_SERVERKEY, std::string_view{server});
  socket.set(ZMQ_CURVE_PUBLICKEY, std::string_view{own.public_key});
  socket.set(ZMQ_CURVE_SECRETKEY, std::string_view{own.secret_key});
}

/// The next event of a monitored socket, 0 if none came until `deadline`.
int next_event(zmq_socket& monitor, clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
  zmq_pollitem_t item{monitor.get(), 0, ZMQ_POLLIN, 0};
  if (left <= 0 || zmq_poll(&item, 1, static_cast<long>(left)) <= 0)
    return 0;
  zmq_frame event;
  zmq_frame address;
  if (!monitor.receive(event) || !monitor.receive(address) || event.bytes().size() < 2)
    return 0;
  std::uint16_t number = 0;
  std::memcpy(&number, event.bytes().data(), sizeof number);
  return number;
}

} // namespace

zmq_gate::zmq_gate(zmq_settings settings, std::function<void()> changed)
    : settings_{std::move(settings)}, changed_{std::move(changed)} {}

core::result<void> zmq_gate::open() {
  if (!settings_.curve)
    return {};
  auto secret = read_curve_key_file(settings_.curve->secret_path, true);
  if (!secret)
    return secret.error();
  secret_key_ = std::move(*secret);
  auto open = curve_public_key(secret_key_);
  if (!open)
    return open.error().with_context(settings_.curve->secret_path);
  public_key_ = std::move(*open);
  if (settings_.bind.empty())
    return read_server_key();
  clients_ = std::make_shared<client_list>(settings_.curve->clients, settings_.client_role);
  zap_ = std::make_unique<zap_handler>(context_, clients_, [this] {
    ++revocations_;
    if (changed_)
      changed_();
  });
  return zap_->start();
}

core::result<void> zmq_gate::read_server_key() {
  auto& key = settings_.curve->server_key;
  if (is_curve_key(key))
    return {};
  auto read = read_curve_key_file(key, false);
  if (!read)
    return read.error();
  key = std::move(*read);
  return {};
}

void zmq_gate::set_options(zmq_socket& socket) const {
  socket.set(ZMQ_LINGER, settings_.linger_ms);
  socket.set(ZMQ_SNDHWM, settings_.send_limit);
  socket.set(ZMQ_RCVHWM, settings_.receive_limit);
  socket.set(ZMQ_MAXMSGSIZE, settings_.max_message);
  socket.set(ZMQ_RECONNECT_IVL, 50);
  socket.set(ZMQ_RECONNECT_IVL_MAX, 2000);
  socket.set(ZMQ_HANDSHAKE_IVL, 5000);
  socket.set(ZMQ_HEARTBEAT_IVL, 1000); // a host that vanishes closes no connection
  socket.set(ZMQ_HEARTBEAT_TIMEOUT, 5000);
  if (!settings_.curve)
    return;
  socket.set(ZMQ_ZAP_DOMAIN, std::string_view{zap_domain});
  if (settings_.bind.empty()) {
    set_client_keys(socket, {public_key_, secret_key_}, settings_.curve->server_key);
    return;
  }
  socket.set(ZMQ_CURVE_SERVER, 1);
  socket.set(ZMQ_CURVE_SECRETKEY, std::string_view{secret_key_});
}

core::result<zmq_socket> zmq_gate::make_socket(int type,
                                               const std::function<void(zmq_socket&)>& prepare) {
  zmq_socket socket{context_, type};
  set_options(socket);
  if (prepare)
    prepare(socket);
  for (const auto& endpoint : settings_.bind) {
    if (auto bound = socket.bind(endpoint); !bound)
      return bound.error();
    if (settings_.curve)
      if (auto tried = test_itself(type, socket.last_endpoint()); !tried)
        return tried.error();
  }
  for (const auto& endpoint : settings_.connect)
    if (auto connected = socket.connect(endpoint); !connected)
      return connected.error();
  return socket;
}

core::result<void> zmq_gate::test_itself(int type, const std::string& endpoint) {
  const auto stranger = make_curve_key_pair();
  zap_->expect_stranger(stranger.public_key);
  return require_refusal(type, endpoint, public_key_, stranger);
}

core::result<void> require_refusal(int type, const std::string& endpoint,
                                   const std::string& server_key,
                                   const curve_key_pair& stranger_key) {
  // inproc: no mechanism guards it, nor can it be reached from another process.
  if (endpoint.starts_with("inproc://"))
    return {};
  // A context of its own, so that it takes the way of a stranger.
  const auto context = std::make_shared<zmq_context>();
  zmq_socket stranger{context, opposite(type)};
  stranger.set(ZMQ_LINGER, 0);
  set_client_keys(stranger, stranger_key, server_key);
  zmq_socket_monitor(stranger.get(), "inproc://events",
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  zmq_socket monitor{context, ZMQ_PAIR};
  monitor.set(ZMQ_LINGER, 0);
  LEPTON_TRY(monitor.connect("inproc://events"));
  LEPTON_TRY(stranger.connect(reachable_endpoint(endpoint)));
  const int event = next_event(monitor, clock::now() + self_test_limit);
  if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
    return {};
  return core::error{
      core::errc::permission,
      event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED
          ? fmt::format("{} let a client with a random key in; it is not used", endpoint)
          : fmt::format("{} did not refuse a client with a random key within 2 s; it is not used",
                        endpoint)};
}

bool zmq_gate::allows(std::string_view user) {
  if (!clients_)
    return true;
  if (const auto now = revocations_.load(); now != known_revocations_) {
    known_revocations_ = now;
    allowed_.clear();
  }
  if (const auto known = allowed_.find(user); known != allowed_.end())
    return known->second;
  const bool answer = !user.empty() && clients_->has(user);
  allowed_.emplace(std::string{user}, answer);
  return answer;
}

} // namespace lepton::connectors
