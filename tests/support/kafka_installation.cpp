#include "tests/support/kafka_installation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace lepton::tests {

namespace fs = std::filesystem;

namespace {

bool is_executable(const fs::path& path) {
  return access(path.c_str(), X_OK) == 0;
}

fs::path find_java() {
  if (const char* home = std::getenv("JAVA_HOME"); home != nullptr)
    if (const fs::path java = fs::path{home} / "bin/java"; is_executable(java))
      return java;
  const char* path = std::getenv("PATH");
  std::istringstream folders{path != nullptr ? path : ""};
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const fs::path java = fs::path{folder} / "java"; is_executable(java))
      return java;
  throw std::runtime_error("the Kafka tests need Java 17 or newer, and there is no `java` in "
                           "JAVA_HOME or PATH: run `make setup`");
}

std::string find_jars(const fs::path& folder) {
  std::vector<std::string> jars;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator{folder, missing})
    if (entry.path().extension() == ".jar")
      jars.push_back(entry.path());
  const bool has_broker = std::ranges::any_of(jars, [](const std::string& jar) {
    return fs::path{jar}.filename().string().starts_with("kafka_");
  });
  if (!has_broker)
    throw std::runtime_error(fmt::format(
        "the Kafka tests need the broker's jars in {}: run `make setup`", folder.string()));
  std::ranges::sort(jars);
  return fmt::format("{}", fmt::join(jars, ":"));
}

} // namespace

kafka_installation find_kafka_installation(const fs::path& dependencies) {
  const fs::path java = fs::canonical(find_java());
  const auto built = fs::last_write_time(java).time_since_epoch().count();
  const auto id = std::hash<std::string>{}(fmt::format("{} {}", java.string(), built));
  return {java, find_jars(dependencies / "kafka/libs"),
          dependencies / fmt::format("kafka/classes-{:016x}.jsa", id)};
}

} // namespace lepton::tests
