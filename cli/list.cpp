#include "pipelines/config/reference.hpp"

#include "cli/commands.hpp"
#include "cli/components.hpp"
#include "cli/exit_codes.hpp"

#include <fmt/format.h>

namespace lepton::cli {

int list(const std::string& kind, const std::string& type, bool json) {
  const auto text = json ? pipelines::list_json(components(), kind, type)
                         : pipelines::list_text(components(), kind, type);
  if (!text) {
    fmt::print(stderr, "lepton: there is no {} of type '{}'; `lepton list` shows all\n",
               kind.empty() ? "component" : kind, type);
    return exit_usage;
  }
  fmt::print("{}", *text);
  return exit_ok;
}

} // namespace lepton::cli
