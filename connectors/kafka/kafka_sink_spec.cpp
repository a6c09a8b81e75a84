#include "connectors/kafka/kafka_sink_spec.hpp"

#include "connectors/kafka/kafka_sink.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

namespace {

using core::field_type;

/// Covers 30 ms at half a million records a second. What is in flight keeps its source records
/// alive, so more costs memory, and CPU once it no longer fits into the caches.
constexpr std::int64_t records_in_flight = 16384;

std::vector<refused_property> refused() {
  return {
      {"bootstrap.servers", "use the field bootstrap_servers"},
      {"metadata.broker.list", "use the field bootstrap_servers"},
      {"client.id", "use the field client_id"},
      {"acks", "use the field acks"},
      {"request.required.acks", "use the field acks"},
      {"enable.idempotence", "it follows from the field acks"},
      {"transactional.id", "this sink delivers at least once, without transactions"},
      {"delivery.report.only.error", "Lepton needs to know of every record that was written"},
      {"dr_cb", "Lepton needs it itself"},
      {"dr_msg_cb", "Lepton needs it itself"},
  };
}

std::vector<core::field_spec> own_fields() {
  return {
      {.name = "topic",
       .doc = "Topic to write to; it must exist, or the broker must make it.",
       .required = true},
      {.name = "key",
       .type = field_type::column,
       .doc = "Column whose text is the record's key: equal keys go to one partition, in order. "
              "Without it, records are spread."},
      {.name = "headers",
       .type = field_type::list,
       .doc = "Columns that become headers of the same name; costs more for each record.",
       .fields = {{.name = "column", .type = field_type::column, .doc = "A column of the input."}}},
      {.name = "acks",
       .type = field_type::choice,
       .doc = "When a record counts as written: all in-sync replicas have it (and retries neither "
              "repeat nor reorder), the leader has it, or it was sent.",
       .fallback = "all",
       .choices = {"all", "1", "0"}},
      {.name = "compression",
       .type = field_type::choice,
       .doc = "How batches are compressed; zstd is smallest, lz4 fastest. Default: lz4; none with "
              "`encrypt`, since sealed payloads do not get smaller.",
       .choices = {"none", "gzip", "snappy", "lz4", "zstd"}},
      {.name = "linger",
       .type = field_type::duration,
       .doc = "How long a record may wait for others to be sent with; larger costs less for each "
              "record and delays it.",
       .fallback = "5ms",
       .maximum = 900e9},
      {.name = "batch_size",
       .type = field_type::size,
       .doc = "Bytes of one batch to one partition, at most; larger costs less for each record.",
       .fallback = "960KiB",
       .minimum = 1,
       .maximum = 2147483647},
      {.name = "partitioner",
       .type = field_type::choice,
       .doc = "How a key chooses its partition; murmur2_random agrees with Kafka's Java clients, "
              "consistent_random with librdkafka's default.",
       .fallback = "murmur2_random",
       .choices = {"murmur2_random", "murmur2", "consistent_random", "consistent", "fnv1a_random",
                   "fnv1a", "random"}},
      {.name = "max_in_flight",
       .type = field_type::size,
       .doc =
           "Bytes that may be on their way to Kafka; larger bridges longer pauses of the brokers.",
       .fallback = "16MiB",
       .minimum = 65536},
  };
}

std::string compression_of(const core::config& config, const core::bind_context& context) {
  return config.text_or("compression", context.sealed ? "none" : "lz4");
}

kafka_properties properties_of(const core::config& config, const core::bind_context& context) {
  auto out = read_client_fields(config, context);
  const bool all = config.text("acks") == "all";
  out["acks"] = config.text("acks");
  out["enable.idempotence"] = all ? "true" : "false";
  out["compression.type"] = compression_of(config, context);
  out["linger.ms"] = fmt::format("{}", static_cast<double>(config.time("linger").count()) / 1e6);
  out["batch.size"] = std::to_string(config.size("batch_size"));
  out["partitioner"] = config.text("partitioner");
  // The pipeline's credit bounds what waits here, and a cluster that is away is waited for.
  out["message.timeout.ms"] = "0";
  out["queue.buffering.max.messages"] = "0";
  out["queue.buffering.max.kbytes"] = "2147483647";
  out["max.in.flight.requests.per.connection"] = "5";
  out["statistics.interval.ms"] = "10000";
  return out;
}

} // namespace

core::component_spec kafka_sink_spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::sink;
  spec.type = "kafka";
  spec.summary = "Writes to a topic of Apache Kafka.";
  spec.doc = "With `acks: all` the producer is idempotent: a retry neither repeats nor reorders "
             "records. While "
             "the cluster is away, records wait (up to `max_in_flight`, then the pipeline waits) "
             "and are sent "
             "when it is back. A record that Kafka refuses, because it is too large say, goes to "
             "the sink's "
             "`.errors` output; a missing permission or topic ends the pipeline.";
  spec.fields = own_fields();
  for (auto& field : kafka_client_fields())
    spec.fields.push_back(std::move(field));
  spec.example = "type: kafka\ninputs: [score]\nbootstrap_servers: [\"localhost:9092\"]\n"
                 "topic: scores\nkey: card_id\nencode: {format: json}\n";
  return spec;
}

std::optional<core::bound_sink> bind_kafka_sink(const core::config& config, const core::schema_ptr&,
                                                const core::bind_context& context) {
  kafka_sink_settings settings;
  settings.properties = properties_of(config, context);
  const bool good =
      check_client_fields(config, context) &
      add_librdkafka_options(config, refused(), *context.findings, settings.properties);
  if (!good)
    return std::nullopt;
  if (const auto why = refused_by_librdkafka(RD_KAFKA_PRODUCER, settings.properties)) {
    context.findings->error(config.object().span, fmt::format("librdkafka refuses this: {}", *why));
    return std::nullopt;
  }
  settings.topic = config.text("topic");
  settings.connect_timeout = config.time("connect_timeout");
  settings.linger = config.time("linger");
  settings.partitions = std::make_shared<kafka_partitioner>(config.text("partitioner"));
  core::bound_sink out;
  out.topic = settings.topic;
  out.partitions = settings.partitions;
  out.key = config.text_or("key", "");
  out.headers = config.texts("headers");
  out.credit_records = records_in_flight;
  out.credit_bytes = config.size("max_in_flight");
  out.notes = {fmt::format("to topic {}, acks {}, {}", settings.topic, config.text("acks"),
                           compression_of(config, context))};
  const auto shared = std::make_shared<const kafka_sink_settings>(std::move(settings));
  out.make = [shared](const core::run_context& run) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<kafka_sink>(shared, run)};
  };
  return out;
}

} // namespace lepton::connectors
