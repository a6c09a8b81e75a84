#include "connectors/file/file_path.hpp"
#include "connectors/zeromq/link_frames.hpp"
#include "connectors/zeromq/link_sink.hpp"
#include "connectors/zeromq/plain_sink.hpp"
#include "connectors/zeromq/register.hpp"
#include "connectors/zeromq/zeromq_fields.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>

namespace lepton::connectors {

namespace {

using core::field_type;

constexpr std::int64_t records_in_flight = 65'536;

core::field_spec spool_field() {
  return {.name = "spool",
          .type = field_type::object,
          .doc = "acknowledged: a folder on disk that takes over while the other side is away or "
                 "slow. What it has is written; the pipeline goes on, and the spool is sent later, "
                 "in order, by another process if need be. Without it the pipeline waits.",
          .fields = {
              {.name = "path", .doc = "Folder, of this sink alone.", .required = true},
              {.name = "max_size",
               .type = field_type::size,
               .doc = "Bytes on disk; when they are used up the pipeline waits, nothing is lost.",
               .fallback = "1GiB",
               .minimum = 67108864},
              {.name = "after",
               .type = field_type::duration,
               .doc = "How long a batch may wait to be acknowledged before the disk takes over; "
                      "smaller spares memory and wears the disk.",
               .fallback = "2s",
               .minimum = 1e6},
              {.name = "fsync",
               .type = field_type::choice,
               .doc = "`batch`: a batch counts as written when the disk has it, so that a power "
                      "cut loses nothing. `never`: when the operating system has it; that survives "
                      "the end of the process only.",
               .fallback = "batch",
               .choices = {"batch", "never"}},
              {.name = "key",
               .doc = "Key of the pipeline's keyring that seals what is on disk; without it "
                      "payloads lie there as they are sent."},
          }};
}

std::vector<core::field_spec> own_fields() {
  return {
      {.name = "key",
       .type = field_type::column,
       .doc = "Column whose text is the record's key; pub_sub: the topic of each message."},
      {.name = "edge_id",
       .doc = "acknowledged: name of this sender. With CURVE the name of its key at the other "
              "side. The default is the host's name."},
      {.name = "stream",
       .doc = "acknowledged: name of what is sent; one process at a time may have an edge_id and "
              "stream. The default is PIPELINE/COMPONENT. Choose another when a source begins anew "
              "under its old name, such as a topic that was deleted and made again: its records "
              "would be taken for repeats."},
      spool_field(),
      {.name = "max_in_flight",
       .type = field_type::size,
       .doc = "Bytes taken and not yet written; larger bridges longer pauses.",
       .fallback = "16MiB",
       .minimum = 65536},
      {.name = "topic",
       .doc = "pub_sub without `key`: topic of all messages. Without both a message is the payload "
              "alone."},
      {.name = "sequence",
       .type = field_type::boolean,
       .doc = "push_pull, pub_sub: a last frame numbers the messages, so that a Lepton source "
              "counts those that never came; other programs must ignore it.",
       .fallback = "false"},
      {.name = "slow_subscriber",
       .type = field_type::choice,
       .doc = "pub_sub: what a subscriber has no room for is dropped for that one "
              "(`drop_for_it`), which only the subscriber can count, or for all and counted here "
              "(`drop_for_all`).",
       .fallback = "drop_for_it",
       .choices = {"drop_for_it", "drop_for_all"}},
      {.name = "high_water_mark",
       .type = field_type::integer,
       .doc = "push_pull, pub_sub: messages for each peer that libzmq holds.",
       .fallback = "1000",
       .minimum = 1,
       .maximum = 1000000},
      {.name = "linger",
       .type = field_type::duration,
       .doc = "push_pull, pub_sub: how long the end waits for what libzmq has not sent.",
       .fallback = "1s",
       .maximum = 5e9},
  };
}

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::sink;
  spec.type = "zeromq";
  spec.summary = "Sends records to ZeroMQ peers, acknowledged with a spool on disk, or plain.";
  spec.doc =
      "With `pattern: acknowledged` the peer is a `zeromq` source of another Lepton process. "
      "Batches wait in memory until it has settled them; when it is away or slow for `spool.after` "
      "they go to the spool. Order is kept. Each record carries the place that it had at this "
      "pipeline's source, by which the other side removes repeats; a source record must therefore "
      "not reach one input of this sink by two ways.\n\n"
      "With `push_pull` and `pub_sub` any ZeroMQ program can receive: one message for each record, "
      "its frames are key or topic (if there is one) and payload. PUSH waits while nobody takes "
      "messages, PUB drops. See [zeromq.md](../zeromq.md).";
  spec.fields = zeromq_common_fields();
  for (auto& field : own_fields())
    spec.fields.push_back(std::move(field));
  spec.example = "type: zeromq\ninputs: [alerts]\npattern: acknowledged\n"
                 "connect: [\"tcp://127.0.0.1:5555\"]\nedge_id: edge-1\n"
                 "spool: {path: spool, max_size: 10GiB}\nencode: {format: json}\n";
  return spec;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || !is_link_name(name.data()))
    return "edge";
  return name.data();
}

void check_name(const core::config& config, const char* field, const std::string& text,
                const core::bind_context& context) {
  if (!is_link_name(text))
    context.findings->error(config.span(field), fmt::format("'{}' cannot be a {}", text, field),
                            "use 1 to 255 letters, digits and . _ - / :");
}

std::string stream_name(const core::bind_context& context) {
  auto name = context.pipeline + "/" + context.component;
  for (char& c : name)
    if (!is_link_name(std::string_view{&c, 1}))
      c = '_';
  return name.substr(0, max_link_name);
}

void read_spool(const core::config& spool, const core::bind_context& context,
                link_sink_settings& out, std::vector<std::string>& notes) {
  out.spool_path = path_from(context.directory, spool.text("path"));
  out.spool_max_size = spool.size("max_size");
  out.spool_after = spool.time("after");
  out.spool_fsync = spool.text("fsync") == "batch";
  out.spool_key = spool.text_or("key", "");
  out.tenant = context.tenant;
  if (!out.spool_key.empty() && !context.has_keyring)
    context.findings->error(spool.span("key"), "`spool.key` needs a keyring",
                            "name one in `settings.keyring`");
  notes.push_back(fmt::format("spool {}, at most {}, {}", out.spool_path,
                              core::format_size(out.spool_max_size),
                              out.spool_key.empty() ? "not sealed (no `spool.key`)" : "sealed"));
}

core::bound_sink bound_link(const core::config& config, const core::bind_context& context,
                            zmq_settings sockets) {
  link_sink_settings settings;
  sockets.max_message = static_cast<std::int64_t>(max_link_frame);
  sockets.send_limit = 64;
  settings.sockets = std::move(sockets);
  settings.edge = config.text_or("edge_id", host_name());
  settings.stream = config.text_or("stream", stream_name(context));
  check_name(config, "edge_id", settings.edge, context);
  check_name(config, "stream", settings.stream, context);
  core::bound_sink out;
  out.per_record = true; // the other side removes repeats record by record
  out.notes = {fmt::format("acknowledged, as {} with stream {}", settings.edge, settings.stream)};
  if (config.has("spool"))
    read_spool(config.child("spool"), context, settings, out.notes);
  else
    out.notes.emplace_back("no spool: the pipeline waits while the other side is away");
  const auto shared = std::make_shared<const link_sink_settings>(std::move(settings));
  out.make = [shared](const core::run_context& run) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<link_sink>(shared, run)};
  };
  return out;
}

core::bound_sink bound_plain(const core::config& config, zmq_settings sockets) {
  plain_sink_settings settings;
  sockets.send_limit = static_cast<int>(config.integer("high_water_mark"));
  sockets.linger_ms = static_cast<int>(config.time("linger").count() / 1'000'000);
  settings.sockets = std::move(sockets);
  settings.publishes = config.text("pattern") == "pub_sub";
  settings.has_key = config.has("key");
  settings.topic = config.text_or("topic", "");
  settings.numbers = config.boolean("sequence");
  settings.drops_for_all = settings.publishes && config.text("slow_subscriber") == "drop_for_all";
  core::bound_sink out;
  out.notes.emplace_back(settings.publishes ? "drops what subscribers have no room for"
                                            : "what is under way is lost when a side dies");
  const auto shared = std::make_shared<const plain_sink_settings>(std::move(settings));
  out.make = [shared](const core::run_context& run) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<plain_sink>(shared, run)};
  };
  return out;
}

std::optional<core::bound_sink> bind(const core::config& config, const core::schema_ptr&,
                                     const core::bind_context& context) {
  const auto before = context.findings->error_count();
  const auto& pattern = config.text("pattern");
  const bool acknowledged = pattern == "acknowledged";
  auto sockets = read_zeromq_fields(config, context);
  sockets.client_role = "reader";
  if (acknowledged && (!sockets.bind.empty() || sockets.connect.size() > 1))
    context.findings->error(config.object().span, "an acknowledged sink connects to one endpoint",
                            "its source binds");
  if (!acknowledged)
    refuse_fields(config, context, {"spool", "edge_id", "stream"});
  if (pattern != "pub_sub")
    refuse_fields(config, context, {"topic"});
  if (config.has("topic") && config.has("key"))
    context.findings->error(config.span("topic"), "`key` makes the topics; leave `topic` out");
  auto out = acknowledged ? bound_link(config, context, std::move(sockets))
                          : bound_plain(config, std::move(sockets));
  if (context.findings->error_count() != before)
    return std::nullopt;
  out.key = config.text_or("key", "");
  out.credit_records = records_in_flight;
  out.credit_bytes = config.size("max_in_flight");
  return out;
}

} // namespace

void register_zeromq_sink(core::catalog& catalog) {
  catalog.add(core::sink_entry{spec(), bind});
}

} // namespace lepton::connectors
