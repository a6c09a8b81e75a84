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
  fmt::print("secret key  {}   (keep it on this host; mode 0600)\n"
             "public key  {}\n\n"
             "For the other side's list of clients, with the role of this one:\n"
             "{} edge {}\n",
             made->secret_path, made->public_path, name, made->public_key);
  return exit_ok;
}

} // namespace lepton::cli
