#pragma once

#include <filesystem>
#include <string>

namespace lepton::tests {

/// Where the Java machine and Apache Kafka's jars are, as tools/setup.sh left them.
struct kafka_installation {
  std::filesystem::path java;
  std::string class_path; ///< every jar, in the order of names: class_archive depends on it
  /// Kafka's classes as this Java machine keeps them in memory, which saves a second at each start.
  /// Made by the first broker that is started; changes its name with the Java machine.
  std::filesystem::path class_archive;
};

/// Throws std::runtime_error that says "run `make setup`" if a part is missing.
kafka_installation find_kafka_installation(const std::filesystem::path& dependencies);

} // namespace lepton::tests
