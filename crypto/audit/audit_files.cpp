#include "crypto/audit/audit_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace lepton::crypto {

std::string audit_paths::archive(std::uint64_t first_sequence) const {
  return fmt::format("{}/audit.{:020}.log", folder, first_sequence); // sorts by number
}

core::result<std::vector<std::string>> audit_parts(const audit_paths& paths) {
  constexpr std::string_view form = "audit.00000000000000000000.log";
  std::vector<std::string> out;
  std::error_code failure;
  for (std::filesystem::directory_iterator at{paths.folder, failure}, end; !failure && at != end;
       at.increment(failure)) {
    const auto name = at->path().filename().string();
    // A second name of the log itself is no part of its own: a process died as it began a new file.
    std::error_code none;
    if (name.size() == form.size() && name.starts_with("audit.") && name.ends_with(".log") &&
        !std::filesystem::equivalent(at->path(), paths.log(), none))
      out.push_back(at->path().string());
  }
  if (failure)
    return core::error{core::errc::io, fmt::format("cannot read the folder {}: {}", paths.folder,
                                                   failure.message())};
  std::sort(out.begin(), out.end());
  if (std::filesystem::exists(paths.log(), failure))
    out.push_back(paths.log());
  if (out.empty())
    return core::error{core::errc::not_found,
                       fmt::format("there is no audit log in {}", paths.folder)};
  return out;
}

} // namespace lepton::crypto
