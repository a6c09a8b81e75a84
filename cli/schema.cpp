#include "pipelines/config/json_schema.hpp"

#include "cli/commands.hpp"
#include "cli/components.hpp"
#include "cli/exit_codes.hpp"

#include <fmt/format.h>

namespace lepton::cli {

int schema() {
  fmt::print("{}\n", pipelines::json_schema(components()));
  return exit_ok;
}

} // namespace lepton::cli
