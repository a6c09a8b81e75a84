#include "connectors/zeromq/client_list.hpp"

#include "connectors/file/file_descriptor.hpp"
#include "connectors/zeromq/curve_key_pair.hpp"
#include "connectors/zeromq/link_frames.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

namespace lepton::connectors {

namespace {

core::error wrong_line(const std::string& path, int line, const char* why) {
  return {core::errc::malformed,
          fmt::format("{}:{}: {}; a line is `NAME ROLE PUBLIC_KEY`, with the role edge or reader",
                      path, line, why)};
}

} // namespace

core::result<client_list::clients> client_list::read() const {
  std::ifstream in{path_};
  if (!in.is_open())
    return file_error("open", path_, errno);
  clients out;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (const auto comment = text.find('#');
        comment != std::string::npos && text.find_first_not_of(" \t") == comment)
      continue; // keys may have a # too
    std::istringstream words{text};
    std::string name;
    std::string role;
    std::string key;
    std::string more;
    if (!(words >> name))
      continue;
    if (!(words >> role >> key) || (words >> more))
      return wrong_line(path_, line, "there must be three words");
    if (!is_link_name(name))
      return wrong_line(path_, line, "the name may have letters, digits and . _ - only");
    if (role != "edge" && role != "reader")
      return wrong_line(path_, line, "an unknown role");
    if (!is_curve_key(key))
      return wrong_line(path_, line, "the key is not 40 characters in Z85");
    if (role == role_)
      out[key] = name;
  }
  return out;
}

core::result<void> client_list::load() {
  reload_if_changed();
  auto now = read();
  if (!now)
    return now.error();
  const std::lock_guard lock{mutex_};
  clients_ = std::move(*now);
  return {};
}

bool client_list::reload_if_changed() {
  struct stat about{};
  if (::stat(path_.c_str(), &about) != 0)
    about = {};
  if (about.st_mtim.tv_sec == changed_.tv_sec && about.st_mtim.tv_nsec == changed_.tv_nsec &&
      about.st_size == size_ && about.st_ino == file_)
    return false;
  changed_ = about.st_mtim;
  size_ = about.st_size;
  file_ = about.st_ino;
  auto now = read();
  if (!now)
    spdlog::error("nobody is let in until this is good again: {}", now.error().message());
  const std::lock_guard lock{mutex_};
  const auto before = std::exchange(clients_, now ? std::move(*now) : clients{});
  return std::any_of(before.begin(), before.end(),
                     [&](const auto& each) { return !clients_.contains(each.first); });
}

std::optional<std::string> client_list::find(std::string_view public_key) const {
  const std::lock_guard lock{mutex_};
  const auto found = clients_.find(std::string{public_key});
  return found == clients_.end() ? std::nullopt : std::optional{found->second};
}

bool client_list::has(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  return std::any_of(clients_.begin(), clients_.end(),
                     [&](const auto& each) { return each.second == name; });
}

} // namespace lepton::connectors
