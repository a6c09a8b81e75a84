#include "tests/support/card_payments.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace lepton::tests {

namespace {

constexpr const char* pipeline_text = R"yaml(pipeline: @prefix@
settings: {workers: @workers@, memory_limit: 1GiB}
sources:
  tx:
    type: kafka
    bootstrap_servers: ["@servers@"]
    topics: [@prefix@_tx]
    group_id: @prefix@
    start_offset: earliest
    lanes: @lanes@
    decode:
      format: json
      schema: {tx_id: string, card_id: int64, amount: float64, ts: timestamp_ms, f: "float32[28]"}
transforms:
  features:
    type: derive
    inputs: [tx]
    columns: {log_amount: "log(amount + 1.0)", hour: "double(hour(ts)) / 24.0", twin: "double(card_id) * 2.0 + amount"}
  score:
    type: infer
    inputs: [features]
    model: @models@/fraud_demo.onnx
    features: [f, log_amount, hour]
    output: score
    backend: @backend@
  alerts: {type: filter, inputs: [score], where: "amount == 10.0"}
sinks:
  scores:
    type: kafka
    inputs: [score]
    bootstrap_servers: ["@servers@"]
    topic: @prefix@_scores
    key: card_id
@extra@    encode: {format: json, columns: [tx_id, card_id, score, twin]}
  alert_topic:
    type: kafka
    inputs: [alerts]
    bootstrap_servers: ["@servers@"]
    topic: @prefix@_alerts
    key: card_id
    encode: {format: json, columns: [tx_id, card_id, score, twin]}
  dead_letters:
    type: kafka
    inputs: [tx.errors, score.errors]
    bootstrap_servers: ["@servers@"]
    topic: @prefix@_dead
    headers: [reason, component, topic, partition, offset, attempts]
    encode: {format: raw, column: payload}
)yaml";

/// `text` with each @name@ replaced.
std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const auto mark = "@" + name + "@";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
      text.replace(at, mark.size(), value);
  }
  return text;
}

} // namespace

std::string payment(std::int64_t i) {
  auto text = fmt::format(
      R"({{"tx_id":"t{}","card_id":{},"amount":{},"ts":{},"other":[1,{{"x":null}}],"f":[)", i,
      i % 100, i % 10 == 0 ? 10.0 : 0.5 + static_cast<double>(i % 977),
      1'760'000'000'000 + i * 1009);
  for (int k = 0; k < 28; ++k)
    text += fmt::format("{}{:.4f}", k == 0 ? "" : ",",
                        std::sin(static_cast<double>(i) * 0.7 + k * 1.3) * 1.5);
  return text + "]}";
}

std::vector<kafka_record> payments(std::int64_t first, std::int64_t count, int partitions) {
  std::vector<kafka_record> out(static_cast<std::size_t>(count));
  for (std::int64_t n = 0; n < count; ++n) {
    auto& record = out[static_cast<std::size_t>(n)];
    const auto i = first + n;
    record.partition = static_cast<std::int32_t>((i % 100) % partitions);
    record.key = std::to_string(i % 100);
    record.value = payment(i);
  }
  return out;
}

std::string card_pipeline::yaml() const {
  const auto models = (std::filesystem::current_path() / "configs/models").string();
  return filled(pipeline_text, {{"prefix", prefix},
                                {"servers", bootstrap_servers},
                                {"workers", std::to_string(workers)},
                                {"lanes", std::to_string(lanes)},
                                {"models", models},
                                {"backend", backend},
                                {"extra", sink_extra}});
}

void card_pipeline::create_topics(const kafka_client& cluster, int partitions) const {
  for (const char* what : {"tx", "scores", "alerts", "dead"})
    cluster.create_topic(topic(what), partitions);
}

std::map<std::int64_t, seen_payment> seen_payments(const std::vector<kafka_record>& records) {
  std::map<std::int64_t, seen_payment> out;
  for (const auto& record : records) {
    const auto json = nlohmann::json::parse(record.value);
    auto& seen = out[std::stoll(json.at("tx_id").get<std::string>().substr(1))];
    ++seen.times;
    seen.score = json.at("score").get<double>();
    seen.twin = json.at("twin").get<double>();
  }
  return out;
}

} // namespace lepton::tests
