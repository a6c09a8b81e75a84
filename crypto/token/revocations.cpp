#include "crypto/token/revocations.hpp"

#include "crypto/keyring/safe_file.hpp"
#include "crypto/token/swap_file.hpp"
#include "crypto/token/token_limits.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lepton::crypto {

namespace {

constexpr std::size_t file_limit = 16 << 20;
constexpr auto look_every = std::chrono::seconds{1};

/// The words of a line; more than four, or an empty one, give none.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  while (out.size() <= 4) {
    const auto space = line.find(' ');
    out.push_back(line.substr(0, space));
    if (space == std::string_view::npos)
      break;
    line.remove_prefix(space + 1);
  }
  return out;
}

} // namespace

core::result<void> revocations::create(const std::string& path) {
  return create_file(path, "");
}

core::result<revocations::list> revocations::parse(std::string_view text) {
  list out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto words = words_of(line);
    const auto until = words.size() > 2 ? parse_utc(words[2]) : std::nullopt;
    const auto issued = words.size() == 4 ? parse_utc(words[3]) : std::nullopt;
    if (words.size() == 3 && words[0] == "token" && until)
      out.tokens.emplace(words[1], *until);
    else if (words.size() == 4 && words[0] == "subject" && until && issued)
      out.subjects[std::string{words[1]}] = {*until, *issued};
    else
      return core::error{core::errc::malformed,
                         fmt::format("line {} is no revocation; restore the file, every token is "
                                     "refused until then",
                                     number)};
  }
  return out;
}

std::string revocations::text_of(const list& from, utc_seconds now) {
  std::string out;
  for (const auto& [id, until] : from.tokens)
    if (until >= now)
      out += fmt::format("token {} {}\n", id, format_utc(until));
  for (const auto& [name, times] : from.subjects)
    if (times.first >= now)
      out += fmt::format("subject {} {} {}\n", name, format_utc(times.first),
                         format_utc(times.second));
  return out;
}

core::result<revocations::list> revocations::read() const {
  const owned_fd file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    return os_error("open the list of revoked tokens", path_, errno);
  const auto text = read_all(file.get(), path_, file_limit);
  if (!text)
    return text.error();
  auto parsed = parse(*text);
  if (!parsed)
    return parsed.error().with_context(path_);
  return parsed;
}

core::result<void> revocations::change(utc_seconds now, const std::function<void(list&)>& how) {
  const auto lock = file_lock::take(path_);
  if (!lock)
    return lock.error();
  auto changed = read();
  if (!changed)
    return changed.error();
  how(*changed);
  LEPTON_TRY(swap_file(path_, text_of(*changed, now)));
  const std::scoped_lock guard{mutex_};
  looked_ = {};
  return {};
}

core::result<void> revocations::revoke_token(std::string_view id, utc_seconds expires,
                                             utc_seconds now) {
  if (!is_access_name(id))
    return core::error{core::errc::invalid_argument, "this cannot be the id of a token"};
  return change(now, [&](list& all) {
    auto& until = all.tokens[std::string{id}];
    until = std::max(until, expires + clock_skew);
  });
}

core::result<void> revocations::revoke_subject(std::string_view subject, utc_seconds now) {
  if (!is_access_name(subject))
    return core::error{core::errc::invalid_argument, "this cannot be the name of a subject"};
  return change(now, [&](list& all) {
    all.subjects[std::string{subject}] = {now + longest_lifetime + clock_skew, now};
  });
}

core::result<void> revocations::refresh() {
  const auto now = std::chrono::steady_clock::now();
  if (looked_ != std::chrono::steady_clock::time_point{} && now - looked_ < look_every)
    return state_;
  looked_ = now;
  struct stat found{};
  if (::stat(path_.c_str(), &found) != 0)
    return state_ = os_error("open the list of revoked tokens", path_, errno);
  const std::pair<std::int64_t, std::uint64_t> stamp{
      found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec, found.st_ino};
  if (state_ && stamp == stamp_)
    return {};
  auto loaded = read();
  if (!loaded)
    return state_ = loaded.error();
  list_ = std::move(*loaded);
  stamp_ = stamp;
  return state_ = core::result<void>{};
}

core::result<bool> revocations::has(const token_claims& token) {
  const std::scoped_lock guard{mutex_};
  LEPTON_TRY(refresh());
  if (list_.tokens.contains(token.id))
    return true;
  const auto subject = list_.subjects.find(token.subject);
  return subject != list_.subjects.end() && token.issued_at <= subject->second.second;
}

} // namespace lepton::crypto
