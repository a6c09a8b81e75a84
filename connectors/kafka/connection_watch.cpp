#include "connectors/kafka/connection_watch.hpp"

#include "connectors/kafka/kafka_error.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace lepton::connectors {

void connection_watch::failed(rd_kafka_resp_err_t code, const std::string& reason) {
  const std::lock_guard lock{mutex_};
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    all_down_ = true;
    // A broker may be back before this message got here.
    if (up_.empty() && !down_.exchange(true))
      spdlog::warn("{}: lost the connection to Kafka ({}), trying again: {}", component_, servers_,
                   reason_.empty() ? reason : reason_);
    return;
  }
  reason_ = reason;
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL)
    denied_ = code;
  else if (code == RD_KAFKA_RESP_ERR__RESOLVE)
    unresolved_ = true;
  else if (code == RD_KAFKA_RESP_ERR__TRANSPORT)
    reached_ = true;
}

void connection_watch::state_changed(const std::string& broker, bool up) {
  const std::lock_guard lock{mutex_};
  if (!up) {
    up_.erase(broker);
    return;
  }
  up_.insert(broker);
  all_down_ = false;
  denied_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  if (down_.exchange(false))
    spdlog::info("{}: connected to Kafka again ({})", component_, servers_);
}

std::optional<core::error> connection_watch::hopeless() const {
  const std::lock_guard lock{mutex_};
  if (!up_.empty())
    return std::nullopt;
  if (denied_ != RD_KAFKA_RESP_ERR_NO_ERROR)
    return core::error{kind_of(denied_),
                       fmt::format("Kafka at {} refuses the connection: {}", servers_, reason_)};
  if (all_down_ && unresolved_ && !reached_)
    return core::error{
        core::errc::not_found,
        fmt::format("bootstrap_servers {}: no server of this name: {}", servers_, reason_)};
  return std::nullopt;
}

std::string connection_watch::last_reason() const {
  const std::lock_guard lock{mutex_};
  return reason_.empty() ? "no answer" : reason_;
}

} // namespace lepton::connectors
