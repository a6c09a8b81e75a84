#include "connectors/kafka/kafka_client_handle.hpp"

#include "connectors/kafka/kafka_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

namespace lepton::connectors {

namespace {

constexpr std::chrono::milliseconds ask_for{250};

extern "C" {

rd_kafka_resp_err_t lepton_broker_state_changed(rd_kafka_t*, std::int32_t id, const char*,
                                                const char* name, int port, const char* state,
                                                void* watch) {
  // With the id: a bootstrap server that ends is not the broker of the same address.
  static_cast<connection_watch*>(watch)->state_changed(fmt::format("{}:{}/{}", name, port, id),
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

kafka_client_handle::callbacks::callbacks(std::string component, std::string servers,
                                          kafka_listener& listener)
    : log{component}, watch{std::move(component), std::move(servers)}, listener{&listener} {}

core::result<kafka_client_ptr> kafka_client_handle::make(rd_kafka_type_t type,
                                                         const kafka_properties& properties,
                                                         std::string component,
                                                         kafka_listener& listener) {
  auto conf = make_conf(properties);
  if (!conf)
    return conf.error();
  const auto servers = properties.find("bootstrap.servers");
  kafka_client_ptr made{new kafka_client_handle{std::make_unique<callbacks>(
      std::move(component), servers == properties.end() ? "" : servers->second, listener)}};
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
  if (!client_)
    return;
  const auto end = [client = client_] {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  };
  if (abandoned_)
    std::thread{[end, kept = std::move(callbacks_)] { end(); }}.detach();
  else
    end();
}

void kafka_client_handle::abandon() noexcept {
  abandoned_ = true;
  callbacks_->silent.store(true);
}

kafka_client_handle::callbacks& kafka_client_handle::of(const rd_kafka_t* client) {
  return *static_cast<callbacks*>(rd_kafka_opaque(client));
}

void kafka_client_handle::set_messages(rd_kafka_conf_t& conf) {
  rd_kafka_conf_set_log_cb(
      &conf, [](const rd_kafka_t* c, int level, const char* facility, const char* text) {
        // There is no client yet while a configuration is checked.
        if (c && !of(c).silent.load(std::memory_order_relaxed))
          of(c).log.write(level, facility, text);
      });
  rd_kafka_conf_set_error_cb(&conf, [](rd_kafka_t* c, int code, const char* reason, void*) {
    auto& self = of(c);
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    if (!self.silent.load(std::memory_order_relaxed))
      self.watch.failed(error, reason);
    if (error != RD_KAFKA_RESP_ERR__FATAL || !self.listener)
      return;
    std::array<char, 512> text{};
    const auto cause = rd_kafka_fatal_error(c, text.data(), text.size());
    self.listener->on_fatal({kind_of(cause), fmt::format("Kafka: {}", text.data())});
  });
  rd_kafka_conf_set_stats_cb(&conf, [](rd_kafka_t*, char* json, std::size_t size, void* self) {
    if (auto* listener = static_cast<callbacks*>(self)->listener)
      listener->on_statistics({json, size});
    return 0;
  });
}

void kafka_client_handle::set_callbacks(rd_kafka_conf_t& conf, rd_kafka_type_t type) {
  rd_kafka_conf_set_opaque(&conf, callbacks_.get());
  rd_kafka_conf_interceptor_add_on_new(&conf, "lepton", lepton_client_made, &callbacks_->watch);
  set_messages(conf);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(&conf, [](rd_kafka_t*, const rd_kafka_message_t* sent, void* self) {
      if (auto* listener = static_cast<callbacks*>(self)->listener)
        listener->on_delivery(*sent);
    });
    return;
  }
  rd_kafka_conf_set_rebalance_cb(&conf, [](rd_kafka_t* c, rd_kafka_resp_err_t code,
                                           rd_kafka_topic_partition_list_t* list, void* self) {
    if (auto* listener = static_cast<callbacks*>(self)->listener)
      listener->on_rebalance(code, *list);
    else
      rd_kafka_assign(c, nullptr);
  });
  rd_kafka_conf_set_offset_commit_cb(&conf, [](rd_kafka_t*, rd_kafka_resp_err_t code,
                                               rd_kafka_topic_partition_list_t* list, void* self) {
    if (auto* listener = static_cast<callbacks*>(self)->listener)
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
    if (auto hopeless = watch().hopeless())
      return *hopeless;
    if (std::chrono::steady_clock::now() >= deadline)
      return core::error{
          core::errc::unavailable,
          fmt::format("no Kafka broker answers at {} ({}); start it, or correct bootstrap_servers",
                      watch().servers(), watch().last_reason())};
  }
}

} // namespace lepton::connectors
