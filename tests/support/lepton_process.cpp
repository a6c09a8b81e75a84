#include "tests/support/lepton_process.hpp"

#include <utility>

namespace lepton::tests {

std::filesystem::path lepton_binary() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "lepton";
}

process_options lepton(std::vector<std::string> arguments,
                       std::vector<std::pair<std::string, std::string>> environment) {
  process_options options;
  options.program = lepton_binary();
  options.arguments = std::move(arguments);
  options.environment = std::move(environment);
  return options;
}

finished_process run_lepton(std::vector<std::string> arguments,
                            std::vector<std::pair<std::string, std::string>> environment,
                            std::chrono::milliseconds limit) {
  return run_process(lepton(std::move(arguments), std::move(environment)), limit);
}

nlohmann::json summary_of(const std::string& standard_output) {
  const auto end = standard_output.find_last_not_of('\n');
  const auto begin = end == std::string::npos ? end : standard_output.rfind('\n', end);
  return nlohmann::json::parse(standard_output.substr(begin == std::string::npos ? 0 : begin + 1));
}

} // namespace lepton::tests
