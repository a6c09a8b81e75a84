#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "connectors/zeromq/curve_key_pair.hpp"

#include <fmt/format.h>

namespace lepton::cli {

int curve_new(const std::string& name, const std::string& folder) {
  const auto made = connectors::write_curve_key_files(name, folder);
  if (!made) {
    fmt::print(stderr, "error: {}\n", made.error().message());
    return exit_failed;
  }
  fmt::print(
      "secret key  {}   (keep it on this host; mode 0600)\n"
      "public key  {}\n\n"
      "If this side connects, the line for `clients` at the side that binds (reader instead of\n"
      "edge if it only receives):\n"
      "{} edge {}\n"
      "If it binds, those who connect need the public key as `server_key`.\n",
      made->secret_path, made->public_path, name, made->public_key);
  return exit_ok;
}

} // namespace lepton::cli
