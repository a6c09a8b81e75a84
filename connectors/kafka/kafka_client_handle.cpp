#include "connectors/kafka/kafka_client_handle.hpp"

#include "connectors/kafka/kafka_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lepton::connectors {

namespace {

constexpr std::chrono::milliseconds ask_for{250};

extern "C" {

rd_kafka_resp_err_t lepton_broker_state_changed(rd_kafka_t*, std::int32_t, const char*,
                                                const char* name, int port, const char* state,
                                                void* watch) {
  static_cast<connection_watch*>(watch)->state_changed(fmt::format("{}:{}", name, port),
                                                       std::string_view{state} == "UP");
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t lepton_client_made(rd_kafka_t* client, const rd_kafka_conf_t*, void* watch,
                                       char*, std::size_t) {
  return rd_kafka_interceptor_add_on_broker_state_change(client, "lepton",
                                                         lepton_broker_state_changed, watch);
}

} // extern "C"

} // namespace

kafka_client_handle::kafka_client_handle(std::string component, std::string servers,
                                         kafka_listener& listener)
    : log_{component}, watch_{std::move(component), std::move(servers)}, listener_{&listener} {}

core::result<kafka_client_ptr> kafka_client_handle::make(rd_kafka_type_t type,
                                                         const kafka_properties& properties,
                                                         std::string component,
                                                         kafka_listener& listener) {
  auto conf = make_conf(properties);
  if (!conf)
    return conf.error();
  const auto servers = properties.find("bootstrap.servers");
  kafka_client_ptr made{new kafka_client_handle{
      std::move(component), servers == properties.end() ? "" : servers->second, listener}};
  made->set_callbacks(**conf, type);
  std::array<char, 512> why{};
  made->client_ = rd_kafka_new(type, conf->get(), why.data(), why.size());
  if (!made->client_)
    return core::error{core::errc::invalid_argument,
                       fmt::format("the Kafka client cannot start: {}", why.data())};
  conf->release(); // it belongs to the client now
  return made;
}

kafka_client_handle::~kafka_client_handle() {
  if (client_)
    rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

kafka_client_handle& kafka_client_handle::of(const rd_kafka_t* client) {
  return *static_cast<kafka_client_handle*>(rd_kafka_opaque(client));
}

void kafka_client_handle::set_callbacks(rd_kafka_conf_t& conf, rd_kafka_type_t type) {
  rd_kafka_conf_set_opaque(&conf, this);
  rd_kafka_conf_set_log_cb(
      &conf, [](const rd_kafka_t* c, int level, const char* facility, const char* text) {
        if (c) // there is none yet while a configuration is checked
          of(c).log_.write(level, facility, text);
      });
  rd_kafka_conf_set_error_cb(&conf, [](rd_kafka_t* c, int code, const char* reason, void*) {
    auto& self = of(c);
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    self.watch_.failed(error, reason);
    if (error != RD_KAFKA_RESP_ERR__FATAL || !self.listener_)
      return;
    std::array<char, 512> text{};
    const auto cause = rd_kafka_fatal_error(c, text.data(), text.size());
    self.listener_->on_fatal({kind_of(cause), fmt::format("Kafka: {}", text.data())});
  });
  rd_kafka_conf_set_stats_cb(&conf, [](rd_kafka_t*, char* json, std::size_t size, void* self) {
    if (auto* listener = static_cast<kafka_client_handle*>(self)->listener_)
      listener->on_statistics({json, size});
    return 0;
  });
  rd_kafka_conf_interceptor_add_on_new(&conf, "lepton", lepton_client_made, &watch_);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(&conf, [](rd_kafka_t*, const rd_kafka_message_t* sent, void* self) {
      if (auto* listener = static_cast<kafka_client_handle*>(self)->listener_)
        listener->on_delivery(*sent);
    });
    return;
  }
  rd_kafka_conf_set_rebalance_cb(&conf, [](rd_kafka_t* c, rd_kafka_resp_err_t code,
                                           rd_kafka_topic_partition_list_t* list, void* self) {
    if (auto* listener = static_cast<kafka_client_handle*>(self)->listener_)
      listener->on_rebalance(code, *list);
    else
      rd_kafka_assign(c, nullptr);
  });
  rd_kafka_conf_set_offset_commit_cb(&conf, [](rd_kafka_t*, rd_kafka_resp_err_t code,
                                               rd_kafka_topic_partition_list_t* list, void* self) {
    if (auto* listener = static_cast<kafka_client_handle*>(self)->listener_)
      listener->on_commit(code, list);
  });
}

core::result<rdkafka_metadata> kafka_client_handle::metadata(rd_kafka_topic_t* topic,
                                                             std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto failed = rd_kafka_metadata(client_, topic ? 0 : 1, topic, &answer,
                                          static_cast<int>(std::min(limit, ask_for).count()));
    if (failed == RD_KAFKA_RESP_ERR_NO_ERROR)
      return rdkafka_metadata{answer};
    rd_kafka_poll(client_, 0); // for the reasons of a failure
    if (auto hopeless = watch_.hopeless())
      return *hopeless;
    if (std::chrono::steady_clock::now() >= deadline)
      return core::error{
          core::errc::unavailable,
          fmt::format("no Kafka broker answers at {} ({}); start it, or correct bootstrap_servers",
                      watch_.servers(), watch_.last_reason())};
  }
}

} // namespace lepton::connectors
