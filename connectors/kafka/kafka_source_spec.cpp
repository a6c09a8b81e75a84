#include "connectors/kafka/kafka_source_spec.hpp"

#include "connectors/batch_bounds.hpp"
#include "connectors/kafka/kafka_source.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::connectors {

namespace {

using core::field_type;

/// What librdkafka needs for one message besides its bytes.
constexpr std::int64_t message_overhead = 320;

std::vector<refused_property> refused() {
  return {
      {"bootstrap.servers", "use the field bootstrap_servers"},
      {"metadata.broker.list", "use the field bootstrap_servers"},
      {"group.id", "use the field group_id"},
      {"client.id", "use the field client_id"},
      {"auto.offset.reset", "use the fields start_offset and out_of_range"},
      {"isolation.level", "use the field isolation"},
      {"enable.auto.commit",
       "only records that were written out are committed, which Lepton does itself; see the field "
       "commit_interval"},
      {"auto.commit.enable", "see the field commit_interval"},
      {"enable.auto.offset.store", "only records that were written out are committed"},
      {"enable.partition.eof", "Lepton needs it to know where a partition ends"},
      {"group.protocol", "Lepton works with the classic group protocol"},
  };
}

std::vector<core::field_spec> own_fields() {
  return {
      {.name = "topics",
       .type = field_type::list,
       .doc =
           "Topics to read; an entry that begins with ^ is a regular expression, and topics that "
           "match it later are found too.",
       .required = true},
      {.name = "group_id",
       .doc = "Consumer group: lanes and processes of one group share the partitions.",
       .required = true},
      {.name = "start_offset",
       .type = field_type::choice,
       .doc = "Where to begin in a partition for which the group has committed no offset yet.",
       .fallback = "earliest",
       .choices = {"earliest", "latest"}},
      {.name = "out_of_range",
       .type = field_type::choice,
       .doc =
           "What to do when the records at the group's offset were deleted before they were read: "
           "stop with an error, or lose them and go on at the earliest or latest offset.",
       .fallback = "stop",
       .choices = {"stop", "earliest", "latest"}},
      {.name = "lanes",
       .type = field_type::integer,
       .doc =
           "Consumers of this process, each with a thread; more read faster, up to the number of "
           "partitions.",
       .fallback = "1",
       .minimum = 1,
       .maximum = 256},
      {.name = "prefetch",
       .type = field_type::size,
       .doc = "Bytes of records that a lane fetches ahead; larger bridges longer pauses, smaller "
              "saves memory.",
       .fallback = "32MiB",
       .minimum = 1 << 20},
      batch_field("1024"),
      {.name = "commit_interval",
       .type = field_type::duration,
       .doc = "Time between commits; after a crash about as much is read again.",
       .fallback = "1s",
       .minimum = 1e7},
      {.name = "session_timeout",
       .type = field_type::duration,
       .doc = "When the group gives up a process that is silent; smaller takes over faster and "
              "forgives fewer hiccups.",
       .fallback = "10s",
       .minimum = 1e9},
      {.name = "isolation",
       .type = field_type::choice,
       .doc = "read_committed leaves out records of transactions that are open or were aborted.",
       .fallback = "read_committed",
       .choices = {"read_committed", "read_uncommitted"}},
  };
}

/// Bounds what librdkafka keeps: it fetches while less than the queue's bound waits, and one answer
/// may still come on top of it.
void bound_prefetch(std::int64_t prefetch, kafka_properties& out) {
  const auto fetch = std::max<std::int64_t>(1'000'000, prefetch / 4);
  const auto partition = std::clamp<std::int64_t>(prefetch / 8, 262'144, 4 << 20);
  out["fetch.max.bytes"] = std::to_string(std::min<std::int64_t>(fetch, 50 << 20));
  out["fetch.message.max.bytes"] = std::to_string(partition);
  out["queued.max.messages.kbytes"] =
      std::to_string(std::clamp<std::int64_t>(prefetch / 4 * 3 / 1000, 1, 2'097'151));
  out["queued.min.messages"] =
      std::to_string(std::clamp<std::int64_t>(prefetch / 512, 2048, 1'000'000));
  // How long a full queue rests before it is looked at again: it must not run empty meanwhile.
  out["fetch.queue.backoff.ms"] = "10";
}

kafka_properties properties_of(const core::config& config, const core::bind_context& context) {
  auto out = read_client_fields(config, context);
  const auto& lost = config.text("out_of_range");
  out["group.id"] = config.text("group_id");
  out["auto.offset.reset"] = lost == "stop" ? "error" : lost;
  out["isolation.level"] = config.text("isolation");
  const auto session_ms = config.time("session_timeout").count() / 1'000'000;
  out["session.timeout.ms"] = std::to_string(session_ms);
  out["heartbeat.interval.ms"] = std::to_string(std::min<std::int64_t>(3000, session_ms / 3));
  out["enable.auto.commit"] = "false";
  out["enable.auto.offset.store"] = "false";
  out["enable.partition.eof"] = "true";
  bound_prefetch(config.size("prefetch"), out);
  return out;
}

bool check_topics_field(const core::config& config, const core::bind_context& context) {
  bool good = true;
  for (const auto& topic : *config["topics"].list()) {
    const bool pattern = topic.text()->starts_with('^');
    const auto bad = topic.text()->find_first_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    if (!topic.text()->empty() && topic.text()->size() <= 249 &&
        (pattern || bad == std::string::npos))
      continue;
    good = false;
    context.findings->error(topic.span, fmt::format("'{}' cannot be a topic", *topic.text()),
                            "a name has letters, digits, '.', '_' and '-', at most 249; a pattern "
                            "begins with ^");
  }
  return good;
}

/// A static member needs a name of its own in each lane.
kafka_source_settings of_lane(const kafka_source_settings& all, const core::run_context& run,
                              int lanes) {
  auto own = all;
  own.exit_at_end = run.exit_at_end;
  for (const auto* name : {"client.id", "group.instance.id"})
    if (auto found = own.properties.find(name); found != own.properties.end() && lanes > 1)
      found->second += fmt::format("-{}", run.instance);
  return own;
}

} // namespace

core::component_spec kafka_source_spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::source;
  spec.type = "kafka";
  spec.summary = "Reads topics of Apache Kafka as a member of a consumer group.";
  spec.doc = "Each lane is one consumer of the group. Offsets are committed only up to the first "
             "record that "
             "is not written out yet, so that nothing is lost when a process dies; what came after "
             "the last "
             "commit is read again (at least once).\n\n"
             "When the group moves partitions, a lane first finishes what it has of them (at most "
             "8 s) and "
             "commits it. Partitions are assigned with Kafka's own default, `range`, which also "
             "keeps equal "
             "partitions of several topics together; set `partition.assignment.strategy: "
             "cooperative-sticky` in `librdkafka_options` in all members to move fewer of them.\n\n"
             "While the pipeline is full a lane fetches no more than `prefetch` and stays in its "
             "group. With "
             "`--exit-at-end` it ends at the offsets that the partitions had when it got them.";
  spec.fields = own_fields();
  for (auto& field : kafka_client_fields())
    spec.fields.push_back(std::move(field));
  spec.example = "type: kafka\nbootstrap_servers: [\"localhost:9092\"]\ntopics: [tx]\n"
                 "group_id: fraud\nstart_offset: earliest\n"
                 "decode: {format: json, schema: {id: int64}}\n";
  return spec;
}

std::optional<core::bound_source> bind_kafka_source(const core::config& config,
                                                    const core::bind_context& context) {
  kafka_source_settings settings;
  settings.properties = properties_of(config, context);
  const bool good =
      check_topics_field(config, context) & check_client_fields(config, context) &
      add_librdkafka_options(config, refused(), *context.findings, settings.properties);
  if (!good)
    return std::nullopt;
  if (const auto why = refused_by_librdkafka(RD_KAFKA_CONSUMER, settings.properties)) {
    context.findings->error(config.object().span, fmt::format("librdkafka refuses this: {}", *why));
    return std::nullopt;
  }
  settings.topics = config.texts("topics");
  settings.from_latest = config.text("start_offset") == "latest";
  settings.commit_interval = config.time("commit_interval");
  settings.connect_timeout = config.time("connect_timeout");
  core::bound_source out;
  out.has_topics = true;
  out.instances = static_cast<int>(config.integer("lanes"));
  out.batch = read_batch(config);
  const auto messages = std::stoll(settings.properties.at("queued.min.messages"));
  const auto lane = config.size("prefetch") + messages * message_overhead;
  out.memory = out.instances * lane;
  out.notes = {fmt::format("{} lane{} of group {}, {} prefetched in each", out.instances,
                           out.instances == 1 ? "" : "s", config.text("group_id"),
                           core::format_size(config.size("prefetch")))};
  out.make = [settings, lanes = out.instances](
                 const core::run_context& run) -> core::result<std::unique_ptr<core::source>> {
    return std::unique_ptr<core::source>{std::make_unique<kafka_source>(
        std::make_shared<const kafka_source_settings>(of_lane(settings, run, lanes)), run)};
  };
  return out;
}

} // namespace lepton::connectors
