#pragma once

#include "core/result.hpp"

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace lepton::connectors {

/// Whether a client can reach its cluster, from what librdkafka tells about its connections. Says
/// so in one log line for each change. A connection that the broker closes because it is idle is no
/// loss. Thread-safe.
class connection_watch {
public:
  /// `component` and `servers` are for log lines and messages.
  connection_watch(std::string component, std::string servers)
      : component_{std::move(component)}, servers_{std::move(servers)} {}

  /// An error of the whole client (librdkafka's error callback).
  void failed(rd_kafka_resp_err_t code, const std::string& reason);
  /// A connection changed (librdkafka's interceptor). `broker` names the connection: one broker may
  /// have several, as bootstrap server, as itself and as coordinator.
  void state_changed(const std::string& broker, bool up);

  bool connected() const noexcept { return !down_.load(std::memory_order_relaxed); }

  /// What keeps the client from its cluster, if trying again will not help: a refused login, a bad
  /// certificate, or names of servers of which none is known.
  std::optional<core::error> hopeless() const;
  /// The last failure as librdkafka put it; "no answer" if there was none.
  std::string last_reason() const;
  const std::string& servers() const noexcept { return servers_; }

private:
  std::string component_;
  std::string servers_;
  std::atomic<bool> down_{false};
  mutable std::mutex mutex_;
  std::set<std::string> up_; ///< brokers with a connection now
  std::string reason_;
  rd_kafka_resp_err_t denied_ = RD_KAFKA_RESP_ERR_NO_ERROR; ///< login or TLS
  bool unresolved_ = false;                                 ///< a name is unknown
  bool reached_ = false; ///< some server has an address and answered or refused
  bool all_down_ = false;
};

} // namespace lepton::connectors
