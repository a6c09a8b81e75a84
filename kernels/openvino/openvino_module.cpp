#include "kernels/openvino/openvino_module.hpp"

#include <fmt/format.h>

#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <string>

namespace lepton::kernels::openvino {

namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "liblepton_openvino.so";
constexpr const char* remedy =
    "run tools/setup.sh and build again, or use `backend: native` for a model that it can run";

core::result<const module_api*> enter(void* library, const fs::path& path) {
  const auto entry = reinterpret_cast<module_entry_function>(::dlsym(library, module_entry));
  const auto* api = entry ? entry() : nullptr;
  if (api && api->version == module_version)
    return api;
  return core::error{core::errc::unsupported,
                     fmt::format("{} belongs to another version of Lepton", path.string())};
}

core::result<const module_api*> open_first() {
  if (!LEPTON_HAS_OPENVINO)
    return core::error{core::errc::unsupported,
                       fmt::format("this build has no OpenVINO; {}", remedy)};
  std::error_code unreadable;
  const auto program = fs::read_symlink("/proc/self/exe", unreadable).parent_path();
  const fs::path places[] = {program / file_name,
                             program.parent_path() / "lib" / "lepton" / file_name};
  for (const auto& place : places) {
    if (!fs::exists(place, unreadable))
      continue;
    if (void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL))
      return enter(library, place);
    return core::error{core::errc::not_found,
                       fmt::format("OpenVINO cannot be loaded: {}; {}", ::dlerror(), remedy)};
  }
  return core::error{core::errc::not_found,
                     fmt::format("neither {} nor {} is there; {}", places[0].string(),
                                 places[1].string(), remedy)};
}

} // namespace

core::result<const module_api*> open_module() {
  static std::mutex mutex;
  static const module_api* opened = nullptr;
  const std::lock_guard lock{mutex};
  if (opened)
    return opened;
  auto found = open_first();
  if (found)
    opened = *found;
  return found;
}

} // namespace lepton::kernels::openvino
