#include "pipelines/config/reference.hpp"

#include "cli/commands.hpp"
#include "cli/components.hpp"
#include "cli/exit_codes.hpp"
#include "core/metrics.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace lepton::cli {

namespace {

std::string metrics_reference() {
  std::string out = "# Metrics\n\nWhat `GET /metrics` shows. Made by `lepton reference`.\n\n"
                    "| metric | kind | meaning |\n|---|---|---|\n";
  for (std::size_t i = 0; i < static_cast<std::size_t>(core::metric::count_); ++i) {
    const auto& info = core::info(static_cast<core::metric>(i));
    const char* kind = info.kind == core::metric_kind::counter ? "counter"
                       : info.kind == core::metric_kind::gauge ? "gauge"
                                                               : "histogram";
    out += fmt::format("| `{}` | {} | {} |\n", info.name, kind, info.help);
  }
  return out;
}

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << text;
  file.flush();
  if (!file)
    fmt::print(stderr, "lepton: cannot write {}\n", path.string());
  return static_cast<bool>(file);
}

} // namespace

int reference(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  bool good = write(std::filesystem::path{folder} / "metrics.md", metrics_reference());
  for (const auto& [name, text] : pipelines::reference_pages(components()))
    good = good && write(std::filesystem::path{folder} / name, text);
  return good ? exit_ok : exit_failed;
}

} // namespace lepton::cli
