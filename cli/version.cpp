#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/versions.hpp"

#include "connectors/kafka/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lepton::cli {

std::string versions_text() {
  return fmt::format("lepton {}, librdkafka {}, CAF {}, g++ {}", lepton_version,
                     connectors::kafka_client_version(), "0.17.6", __VERSION__);
}

int version(bool json) {
  if (json)
    fmt::print("{}\n", nlohmann::ordered_json{{"lepton", lepton_version},
                                              {"librdkafka", connectors::kafka_client_version()},
                                              {"compiler", __VERSION__}}
                           .dump());
  else
    fmt::print("{}\n", versions_text());
  return exit_ok;
}

} // namespace lepton::cli
