#include "connectors/batch_bounds.hpp"
#include "connectors/file/file_path.hpp"
#include "connectors/zeromq/link_source.hpp"
#include "connectors/zeromq/plain_source.hpp"
#include "connectors/zeromq/register.hpp"
#include "connectors/zeromq/zeromq_fields.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

namespace {

using core::field_type;

core::field_spec credit_field() {
  return {.name = "credit",
          .type = field_type::object,
          .doc = "acknowledged: what one sender may have here that is not settled. It is told to "
                 "the sender, which sends no more: back pressure crosses the network.",
          .fallback = "{}",
          .fields = {{.name = "records",
                      .type = field_type::integer,
                      .doc = "Records; larger bridges longer delays and holds more memory.",
                      .fallback = "32768",
                      .minimum = 1},
                     {.name = "bytes",
                      .type = field_type::size,
                      .doc = "Keys and payloads; one message may go beyond it.",
                      .fallback = "8MiB",
                      .minimum = 1024}}};
}

core::field_spec dedup_field() {
  return {.name = "dedup",
          .type = field_type::object,
          .doc = "acknowledged: how repeats are removed. A record is known by the place it had at "
                 "the sender's own source.",
          .fallback = "{}",
          .fields = {{.name = "path",
                      .doc = "File that remembers what is settled, so that a restarted process "
                             "removes repeats too; without it only memory does."},
                     {.name = "window",
                      .type = field_type::integer,
                      .doc = "Records remembered of each partition that a sender reads, about 4 "
                             "bytes each. More than a sender may read again after a crash.",
                      .fallback = "1000000",
                      .minimum = 1024}}};
}

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::source;
  spec.type = "zeromq";
  spec.summary = "Receives records from ZeroMQ peers, acknowledged or plain.";
  spec.doc = "With `pattern: acknowledged` senders are `zeromq` sinks of other Lepton processes. "
             "A batch is acknowledged when everything that came of it is written, so that nothing "
             "is lost when either side dies; what a sender then sends again is removed. With "
             "`push_pull` and `pub_sub` any ZeroMQ program can send: a message of one frame is a "
             "payload, one of two frames a key (or topic) and a payload.\n\n"
             "The source never ends by itself, with `--exit-at-end` neither. See "
             "[zeromq.md](../zeromq.md).";
  spec.fields = zeromq_common_fields();
  spec.fields.push_back(
      {.name = "topics",
       .type = field_type::list,
       .doc = "pub_sub: prefixes of the topics to receive; without it everything."});
  spec.fields.push_back(credit_field());
  spec.fields.push_back(
      {.name = "max_senders",
       .type = field_type::integer,
       .doc = "acknowledged: senders at a time; each may hold `credit` of memory here.",
       .fallback = "16",
       .minimum = 1,
       .maximum = 1000});
  spec.fields.push_back(dedup_field());
  spec.fields.push_back(batch_field("4096"));
  spec.fields.push_back({.name = "high_water_mark",
                         .type = field_type::integer,
                         .doc = "push_pull, pub_sub: messages of each peer that libzmq holds; then "
                                "PUSH peers wait and PUB peers drop.",
                         .fallback = "1000",
                         .minimum = 1,
                         .maximum = 1000000});
  spec.fields.push_back({.name = "max_message",
                         .type = field_type::size,
                         .doc = "push_pull, pub_sub: largest frame; a peer that sends a larger one "
                                "is disconnected.",
                         .fallback = "16MiB",
                         .minimum = 64,
                         .maximum = 1073741824});
  spec.example = "type: zeromq\npattern: acknowledged\nbind: [\"tcp://127.0.0.1:5555\"]\n"
                 "dedup: {path: seen.log}\ndecode: {format: json, schema: {id: int64}}\n";
  return spec;
}

core::bound_source bound_link(const core::config& config, const core::bind_context& context,
                              zmq_settings sockets) {
  link_source_settings settings;
  sockets.max_message = static_cast<std::int64_t>(max_link_frame);
  sockets.receive_limit = 64;
  settings.sockets = std::move(sockets);
  const auto credit = config.child("credit");
  const auto dedup = config.child("dedup");
  auto& receiver = settings.receiver;
  receiver.credit_records = credit.integer("records");
  receiver.credit_bytes = credit.size("bytes");
  receiver.max_senders = static_cast<std::size_t>(config.integer("max_senders"));
  receiver.batch = read_batch(config);
  receiver.seen.window = static_cast<std::size_t>(dedup.integer("window"));
  if (dedup.has("path"))
    receiver.seen.path = path_from(context.directory, dedup.text("path"));
  core::bound_source out;
  out.batch = receiver.batch;
  out.memory = receiver.credit_bytes * static_cast<std::int64_t>(receiver.max_senders);
  out.notes = {fmt::format("credit for each of {} senders: {} records, {}", receiver.max_senders,
                           receiver.credit_records, core::format_size(receiver.credit_bytes))};
  if (receiver.seen.path.empty())
    out.notes.emplace_back("repeats are known only until this process ends (no `dedup.path`)");
  out.make =
      [settings](const core::run_context& run) -> core::result<std::unique_ptr<core::source>> {
    return std::unique_ptr<core::source>{
        std::make_unique<link_source>(std::make_shared<const link_source_settings>(settings), run)};
  };
  return out;
}

core::bound_source bound_plain(const core::config& config, zmq_settings sockets) {
  plain_source_settings settings;
  sockets.receive_limit = static_cast<int>(config.integer("high_water_mark"));
  sockets.max_message = config.size("max_message");
  settings.sockets = std::move(sockets);
  settings.subscribes = config.text("pattern") == "pub_sub";
  settings.topics = config.texts("topics");
  settings.batch = read_batch(config);
  core::bound_source out;
  out.batch = settings.batch;
  out.memory = 5 * settings.batch.bytes;
  out.notes.emplace_back("what is under way is lost when this process dies");
  out.make =
      [settings](const core::run_context& run) -> core::result<std::unique_ptr<core::source>> {
    return std::unique_ptr<core::source>{std::make_unique<plain_source>(
        std::make_shared<const plain_source_settings>(settings), run)};
  };
  return out;
}

std::optional<core::bound_source> bind(const core::config& config,
                                       const core::bind_context& context) {
  const auto before = context.findings->error_count();
  auto sockets = read_zeromq_fields(config, context);
  sockets.client_role = "edge";
  const bool acknowledged = config.text("pattern") == "acknowledged";
  if (config.text("pattern") != "pub_sub")
    refuse_fields(config, context, {"topics"});
  if (acknowledged && !sockets.connect.empty())
    context.findings->error(config.span("connect"),
                            "an acknowledged source listens; its senders connect", "use `bind`");
  if (context.findings->error_count() != before)
    return std::nullopt;
  return acknowledged ? bound_link(config, context, std::move(sockets))
                      : bound_plain(config, std::move(sockets));
}

} // namespace

void register_zeromq_source(core::catalog& catalog) {
  catalog.add(core::source_entry{spec(), bind});
}

void register_zeromq(core::catalog& catalog) {
  register_zeromq_source(catalog);
  register_zeromq_sink(catalog);
}

} // namespace lepton::connectors
