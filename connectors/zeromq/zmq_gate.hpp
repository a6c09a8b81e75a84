#pragma once

#include "connectors/zeromq/client_list.hpp"
#include "connectors/zeromq/curve_key_pair.hpp"
#include "connectors/zeromq/zap_handler.hpp"
#include "connectors/zeromq/zmq_socket.hpp"
#include "core/result.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lepton::connectors {

/// How peers prove who they are. The side that binds has the list of clients, the side that
/// connects knows the server's key.
struct curve_settings {
  std::string secret_path; ///< file with the own secret key
  std::string server_key;  ///< connect: public key of the other side in Z85, or a file with it
  std::string clients;     ///< bind: file with those who may connect
};

struct zmq_settings {
  std::vector<std::string> bind;
  std::vector<std::string> connect;
  std::optional<curve_settings> curve;
  std::string client_role = "edge"; ///< what those who connect must be
  int send_limit = 1000;            ///< messages for each peer that wait to be sent
  int receive_limit = 1000;
  std::int64_t max_message = 16 << 20; ///< a larger one cuts the connection
  int linger_ms = 0;                   ///< how long closing waits for what is not sent
};

/// Makes sockets that only those can reach who may: owns the context, the ZAP handler, and the
/// self-test.
class zmq_gate {
public:
  /// `changed` is called from another thread when a client lost its access.
  zmq_gate(zmq_settings settings, std::function<void()> changed);

  /// Reads keys, and starts the ZAP handler if this side binds with CURVE. Before `make_socket`.
  core::result<void> open();

  /// A socket with all options set, bound and connected. With CURVE, each bound endpoint is tried
  /// with a random key, which must be refused within 2 s. `prepare` may set further options before.
  core::result<zmq_socket> make_socket(int type,
                                       const std::function<void(zmq_socket&)>& prepare = {});

  /// Whether a message of this client is still to be taken. Always true without CURVE. One thread.
  bool allows(std::string_view user);
  bool names_clients() const noexcept { return clients_ != nullptr; }
  /// Grows when a client lost its access.
  std::uint64_t revocations() const noexcept { return revocations_.load(); }
  const zmq_settings& settings() const noexcept { return settings_; }
  const zmq_context_ptr& context() const noexcept { return context_; }

private:
  core::result<void> test_itself(int type, const std::string& endpoint);
  core::result<void> read_server_key();
  void set_options(zmq_socket& socket) const;

  zmq_settings settings_;
  std::function<void()> changed_;
  zmq_context_ptr context_ = std::make_shared<zmq_context>();
  std::string secret_key_;
  std::string public_key_;
  std::shared_ptr<client_list> clients_;
  std::unique_ptr<zap_handler> zap_;
  std::atomic<std::uint64_t> revocations_{0};
  std::uint64_t known_revocations_ = 0;
  std::map<std::string, bool, std::less<>> allowed_; ///< answers since the last revocation
};

/// The self-test: connects to `endpoint`, at which a CURVE socket of `type` with this public key
/// listens, as a `stranger`, who must be refused within 2 s; else an error (permission).
core::result<void> require_refusal(int type, const std::string& endpoint,
                                   const std::string& server_key,
                                   const curve_key_pair& stranger = make_curve_key_pair());

} // namespace lepton::connectors
