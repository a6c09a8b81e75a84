#pragma once

#include "tests/support/kafka_client.hpp"
#include "tests/support/kafka_installation.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::tests {

/// How a broker differs from the plain one.
struct kafka_broker_options {
  /// Security protocols to listen with besides PLAINTEXT, each on a port of its own and under its
  /// own name: "SASL_SSL", "SSL", "SASL_PLAINTEXT". What they need goes into extra_properties, as
  /// "listener.name.sasl_ssl.plain.sasl.jaas.config".
  std::vector<std::string> extra_listeners;
  /// Lines of server.properties; they win over the fixture's own.
  std::map<std::string, std::string> extra_properties;
  /// Where tools/setup.sh put Kafka. Empty: the .deps of the build.
  std::filesystem::path dependencies;
};

/// A real Apache Kafka broker, one KRaft node on 127.0.0.1 that a test may kill, freeze and bring
/// back with its data. It dies with the test binary. The data lie in a temporary folder and go with
/// this object. What goes in and out of its topics: see kafka_client, over PLAINTEXT.
///
/// Without Java or the jars, and if the broker does not come up, start() throws std::runtime_error
/// with the end of the broker's log. One thread at a time, except for what kafka_client offers.
class kafka_broker : public kafka_client {
public:
  explicit kafka_broker(kafka_broker_options options = {});
  ~kafka_broker() = default;

  /// The broker that the tests of a binary share, started at the first call and whenever a test
  /// left it stopped. Use topics and groups of your own.
  static kafka_broker& shared();

  /// Returns when clients can use it; nothing happens if it runs. About 1 s.
  void start();
  /// Clean: SIGTERM, and waits for its end. About 2 s.
  void stop();
  /// SIGKILL: the broker writes nothing more and closes no connection by itself.
  void kill();
  /// Stops it if it runs and starts it on the same ports with the same data. After kill() it takes
  /// 4 to 5 s: the cluster must first believe that the old broker is gone.
  void restart();
  /// Frozen: connections stay open and nobody answers. Above 3 s its partitions may have no leader
  /// for a moment after resume().
  void suspend();
  void resume();

  bool running() { return process_ && process_->running(); }
  /// The process, which runs; for its usage and pid.
  process& child() { return process_.value(); }

  /// "127.0.0.1:PORT" of one of the extra_listeners.
  std::string listener_address(std::string_view protocol) const;

  /// Where it keeps its data and its log.
  const std::filesystem::path& folder() const noexcept { return folder_.path(); }
  /// All that the broker logged, over restarts.
  std::string log() const { return read_file(folder_ / "broker.log"); }

private:
  struct ports {
    std::uint16_t clients;
    std::uint16_t controller;
    std::vector<std::uint16_t> extra;
  };

  kafka_broker(kafka_broker_options options, ports chosen);
  static ports choose_ports(std::size_t extra);
  static void make_class_archive(const kafka_installation& installed);

  void write_configuration() const;
  void launch(const kafka_installation& installed, const std::string& archive_option);
  void wait_until_ready();

  kafka_broker_options options_;
  ports ports_;
  temp_dir folder_{"kafka"};
  std::optional<process> process_;
};

} // namespace lepton::tests
