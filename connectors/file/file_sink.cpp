#include "connectors/file/file_sink.hpp"

#include "connectors/lines/join_lines.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

namespace lepton::connectors {

namespace {

constexpr int most_numbers = 1'000'000;

std::string final_name(const std::string& path, std::time_t time, int number) {
  const std::filesystem::path whole{path};
  return (whole.parent_path() / fmt::format("{}.{:%Y%m%dT%H%M%SZ}.{:06}{}", whole.stem().string(),
                                            fmt::gmtime(time), number, whole.extension().string()))
      .string();
}

} // namespace

core::result<void> file_sink::open(core::ref_ptr<core::waker>) {
  return open_file();
}

core::result<void> file_sink::open_file() {
  opened_ = clock::now();
  return file_.open(options_.rotates() ? options_.path + ".part" : options_.path);
}

core::result<void> file_sink::write(core::encoded_batch_ptr batch) {
  lines_.clear();
  join_lines(*batch, file_.size() == 0, lines_);
  LEPTON_TRY(file_.write(lines_));
  if (options_.sync == sync_policy::batch)
    LEPTON_TRY(file_.sync());
  ended_.push_back({std::move(batch), {}});
  return is_due() ? rotate() : core::result<void>{};
}

core::result<void> file_sink::poll(std::vector<core::sink_completion>& ended) {
  for (auto& one : ended_)
    ended.push_back(std::move(one));
  ended_.clear();
  return {};
}

core::result<void> file_sink::tick() {
  return is_due() ? rotate() : core::result<void>{};
}

bool file_sink::is_due() const {
  if (file_.size() == 0)
    return false;
  return (options_.max_bytes && file_.size() >= *options_.max_bytes) ||
         (options_.every && clock::now() - opened_ >= *options_.every);
}

core::result<void> file_sink::rotate() {
  LEPTON_TRY(file_.sync());
  auto name = give_final_name();
  if (!name)
    return name.error();
  file_.close();
  LEPTON_TRY(sync_folder(*name));
  return open_file();
}

core::result<std::string> file_sink::give_final_name() {
  const auto now = std::time(nullptr);
  for (int number = 0; number < most_numbers; ++number) {
    auto name = final_name(options_.path, now, number);
    if (::renameat2(AT_FDCWD, file_.path().c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0)
      return name;
    if (errno != EEXIST)
      return file_error("rename to " + name, file_.path(), errno);
  }
  return file_error("rename", file_.path(), EEXIST);
}

core::result<void> file_sink::close() {
  if (!file_.is_open())
    return {};
  if (options_.rotates() && file_.size() != 0) {
    LEPTON_TRY(file_.sync());
    if (auto name = give_final_name(); !name)
      return name.error();
  } else if (options_.sync != sync_policy::never) {
    LEPTON_TRY(file_.sync());
  }
  file_.close();
  return {};
}

} // namespace lepton::connectors
