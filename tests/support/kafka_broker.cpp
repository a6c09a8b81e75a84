#include "tests/support/kafka_broker.hpp"

#include "tests/support/descriptor.hpp"
#include "tests/support/free_ports.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace lepton::tests {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds start_limit{90'000};
constexpr milliseconds stop_limit{60'000};

constexpr std::string_view log_configuration = R"(
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %c %m%n
)";

// What `kafka-storage format` writes, without a second Java machine to write it.
constexpr std::string_view storage_identity = "version=1\n"
                                              "cluster.id=bGVwdG9uLXRlc3RzLWtmawA\n"
                                              "node.id=1\n";

std::string address(std::string_view listener, std::uint16_t port) {
  return fmt::format("{}://127.0.0.1:{}", listener, port);
}

/// A node of its own, small, quick to start and quick to notice what tests do to it.
std::map<std::string, std::string> base_properties() {
  return {
      {"process.roles", "broker,controller"},
      {"node.id", "1"},
      {"controller.listener.names", "CONTROLLER"},
      {"inter.broker.listener.name", "PLAINTEXT"},
      {"auto.create.topics.enable", "false"},
      {"num.network.threads", "2"},
      {"num.io.threads", "2"},
      {"log.cleaner.dedupe.buffer.size", "4194304"},
      {"message.max.bytes", "10485760"},
      // One node holds the internal topics alone.
      {"offsets.topic.num.partitions", "1"},
      {"offsets.topic.replication.factor", "1"},
      {"transaction.state.log.num.partitions", "1"},
      {"transaction.state.log.replication.factor", "1"},
      {"transaction.state.log.min.isr", "1"},
      // A start waits for heartbeats; a start after kill() waits until the old session is over.
      // Shorter sessions would fence the broker whenever the machine is busy.
      {"broker.heartbeat.interval.ms", "100"},
      {"broker.session.timeout.ms", "3000"},
      {"controller.quorum.election.timeout.ms", "200"},
      {"controller.quorum.election.backoff.max.ms", "50"},
      {"controller.quorum.retry.backoff.ms", "10"},
      // Groups and transactions of clients that tests kill.
      {"group.initial.rebalance.delay.ms", "0"},
      {"group.min.session.timeout.ms", "500"},
      {"transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"},
  };
}

std::string tail(const std::string& text, std::size_t bytes) {
  return text.size() <= bytes ? text : "..." + text.substr(text.size() - bytes);
}

} // namespace

kafka_broker::ports kafka_broker::choose_ports(std::size_t extra) {
  const auto free = free_ports(2 + extra);
  return {free[0], free[1], {free.begin() + 2, free.end()}};
}

kafka_broker::kafka_broker(kafka_broker_options options)
    : kafka_broker{options, choose_ports(options.extra_listeners.size())} {}

kafka_broker::kafka_broker(kafka_broker_options options, ports chosen)
    : kafka_client{fmt::format("127.0.0.1:{}", chosen.clients)}, options_{std::move(options)},
      ports_{std::move(chosen)} {
  if (options_.dependencies.empty())
    options_.dependencies = LEPTON_DEPS_DIR;
}

kafka_broker& kafka_broker::shared() {
  static kafka_broker broker;
  broker.start();
  return broker;
}

void kafka_broker::start() {
  if (running())
    return;
  const auto installed = find_kafka_installation(options_.dependencies);
  if (!fs::exists(installed.class_archive))
    make_class_archive(installed);
  launch(installed, "-XX:SharedArchiveFile=" + installed.class_archive.string());
}

void kafka_broker::stop() {
  if (process_)
    process_->stop(stop_limit);
}

void kafka_broker::kill() {
  if (process_)
    process_->kill();
}

void kafka_broker::restart() {
  stop();
  start();
}

void kafka_broker::suspend() {
  child().suspend();
}

void kafka_broker::resume() {
  child().resume();
}

std::string kafka_broker::listener_address(std::string_view protocol) const {
  for (std::size_t i = 0; i < options_.extra_listeners.size(); ++i)
    if (options_.extra_listeners[i] == protocol)
      return fmt::format("127.0.0.1:{}", ports_.extra[i]);
  throw std::runtime_error(fmt::format("the broker has no extra listener {}", protocol));
}

void kafka_broker::write_configuration() const {
  auto lines = base_properties();
  std::string listeners = address("PLAINTEXT", ports_.clients);
  std::string protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT";
  for (std::size_t i = 0; i < options_.extra_listeners.size(); ++i) {
    const auto& protocol = options_.extra_listeners[i];
    listeners += "," + address(protocol, ports_.extra[i]);
    protocols += fmt::format(",{0}:{0}", protocol);
  }
  lines["advertised.listeners"] = listeners;
  lines["listeners"] = listeners + "," + address("CONTROLLER", ports_.controller);
  lines["listener.security.protocol.map"] = protocols;
  lines["controller.quorum.voters"] = fmt::format("1@127.0.0.1:{}", ports_.controller);
  lines["log.dirs"] = folder_ / "data";
  for (const auto& [name, value] : options_.extra_properties)
    lines[name] = value;

  std::string text;
  for (const auto& [name, value] : lines)
    text += fmt::format("{}={}\n", name, value);
  folder_.write("server.properties", text);
  folder_.write("log4j.properties", log_configuration);
  if (!fs::exists(folder_ / "data/meta.properties"))
    folder_.write("data/meta.properties", storage_identity);
  fs::create_directories(folder_ / "tmp");
}

void kafka_broker::launch(const kafka_installation& installed, const std::string& archive_option) {
  write_configuration();
  process_.reset();
  process_.emplace(process_options{
      .program = installed.java,
      .arguments = {"-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                    archive_option, "-Xlog:cds=off", "-Xlog:cds+dynamic=off",
                    "-Djava.awt.headless=true",
                    // Native libraries are unpacked there, and performance data would lie in /tmp.
                    "-Djava.io.tmpdir=" + (folder_ / "tmp").string(), "-XX:-UsePerfData",
                    "-Dlog4j.configuration=file:" + (folder_ / "log4j.properties").string(), "-cp",
                    installed.class_path, "kafka.Kafka", folder_ / "server.properties"},
      .environment = {},
      .working_directory = folder_.path(),
      .output_file = folder_ / "broker.log"});
  wait_until_ready();
}

void kafka_broker::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + start_limit;
  bool ready = false;
  while (!ready && running() && std::chrono::steady_clock::now() < deadline)
    ready = is_ready(milliseconds{1'000});
  if (ready && running())
    return;
  const std::string end = running()
                              ? fmt::format("was not ready within {} s", start_limit.count() / 1000)
                              : "ended with " + process_->wait(milliseconds{0})->text();
  process_.reset();
  throw std::runtime_error(
      fmt::format("the Kafka broker {}; the end of its log:\n{}", end, tail(log(), 4'000)));
}

void kafka_broker::make_class_archive(const kafka_installation& installed) {
  const fs::path& archive = installed.class_archive;
  if (access(archive.parent_path().c_str(), W_OK) != 0)
    return; // not ours to write: brokers start without an archive, only slower
  // Several test binaries may be here at once.
  const fs::path lock_file = archive.parent_path() / "classes.lock";
  const descriptor lock{open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644), lock_file};
  flock(lock.get(), LOCK_EX);
  if (fs::exists(archive))
    return;
  const fs::path unfinished = archive.string() + ".unfinished";
  kafka_broker rehearsal;
  rehearsal.launch(installed, "-XX:ArchiveClassesAtExit=" + unfinished.string());
  // So that the archive has the classes of these requests too.
  rehearsal.create_topic("rehearsal", 1);
  rehearsal.produce("rehearsal", std::vector<kafka_record>(10));
  rehearsal.consume_all("rehearsal");
  rehearsal.committed("rehearsal", "rehearsal");
  rehearsal.stop();
  std::error_code failed;
  fs::rename(unfinished, archive, failed);
  if (failed)
    fmt::print(stderr, "kafka_broker: no class archive, starts take longer: {}\n",
               failed.message());
}

} // namespace lepton::tests
