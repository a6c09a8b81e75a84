#pragma once

#include "connectors/zeromq/client_list.hpp"
#include "connectors/zeromq/wake_event.hpp"
#include "connectors/zeromq/zmq_socket.hpp"
#include "core/result.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace lepton::connectors {

/// Decides who may connect to the sockets of one context (ZAP 1.0, ZeroMQ RFC 27): CURVE clients
/// whose key stands in the list, nobody else, no other mechanism. Must run before a socket is
/// bound. Looks at the list's file twice a second.
class zap_handler {
public:
  /// `revoked` is called, on the handler's thread, when a client lost its access.
  zap_handler(zmq_context_ptr context, std::shared_ptr<client_list> clients,
              std::function<void()> revoked);
  ~zap_handler();

  /// Reads the list and starts; when it returns, requests are answered.
  core::result<void> start();

  /// This key belongs to a self-test: it is refused as any other, without a line in the log.
  void expect_stranger(std::string key);

private:
  void run();
  void answer_one();
  void log_refusal(const std::string& address, const std::string& key);

  zmq_context_ptr context_;
  std::shared_ptr<client_list> clients_;
  std::function<void()> revoked_;
  zmq_socket socket_;
  wake_event stop_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::string stranger_;
  std::thread thread_;
};

} // namespace lepton::connectors
