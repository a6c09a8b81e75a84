#include "web/process_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace lepton::web {

namespace {

std::int64_t resident_bytes() {
  std::int64_t total = 0;
  std::int64_t resident = 0;
  std::ifstream{"/proc/self/statm"} >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

double cpu_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0)
    return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Seconds since 1970 at which the machine was started.
double boot_seconds() {
  std::ifstream file{"/proc/stat"};
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime" && file >> seconds)
      return seconds;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

/// Field 22 of proc(5)'s stat. The name of the process, field 2, is in brackets and may hold both
/// spaces and brackets.
double start_seconds() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return 0;
  std::istringstream fields{line.substr(name_end + 1)};
  std::string skipped;
  for (int field = 3; field < 22; ++field)
    fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  const auto boot = boot_seconds();
  return boot > 0 && ticks > 0 ? boot + ticks / static_cast<double>(sysconf(_SC_CLK_TCK)) : 0;
}

} // namespace

process_usage read_process_usage() {
  static const double started = start_seconds();
  return {resident_bytes(), cpu_seconds(), started};
}

} // namespace lepton::web
