#include "crypto/audit/audit_verify.hpp"

#include "crypto/keyring/safe_file.hpp"
#include "crypto/token/text_codec.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

namespace lepton::crypto {

namespace {

constexpr std::size_t max_problems = 20;
constexpr std::size_t max_part = std::size_t{1} << 30;

core::result<std::string> read_file(const std::string& path, std::size_t limit) {
  const owned_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    return os_error("open", path, errno);
  return read_all(file.get(), path, limit);
}

/// The parts of a log, and what stood in the one that is written to when it was looked at.
struct log_snapshot {
  std::vector<std::string> parts;
  std::string newest;
};

/// Holds up writers only while the newest part is read; the others no longer change.
core::result<log_snapshot> snapshot(const audit_paths& paths) {
  const owned_fd lock{::open(paths.lock().c_str(), O_RDONLY | O_CLOEXEC)};
  if (lock) // a copy of a log comes without
    ::flock(lock.get(), LOCK_SH);
  auto parts = audit_parts(paths);
  if (!parts)
    return parts.error();
  auto newest = read_file(parts->back(), max_part);
  if (!newest)
    return newest.error();
  return log_snapshot{std::move(*parts), std::move(*newest)};
}

/// Calls each(line without newline, number, whether it is whole).
template <class Each>
void for_each_line(std::string_view text, const Each& each) {
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    each(text.substr(0, end), number, end != std::string_view::npos);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

class log_verifier {
public:
  log_verifier(std::vector<verify_key> keys, const audit_verify_options& options)
      : keys_{std::move(keys)}, options_{options} {}

  void part(const std::string& file, std::string_view text) {
    file_ = file;
    if (text.empty())
      problem(0, "the file is empty");
    for_each_line(text, [this](std::string_view line, std::uint64_t number, bool whole) {
      if (whole)
        look_at(line, number);
      else
        problem(number, "the line has no end: it was cut off, or its writer died");
    });
  }

  /// The anchor that lies beside the log, and the one that was kept elsewhere.
  void must_reach(const audit_head& anchor, const char* which) {
    anchors_.push_back({anchor, which, false});
  }

  audit_report finish() {
    for (const auto& one : anchors_)
      if (!one.found)
        problem(0, fmt::format("line {} of {} is not in the log: its end was cut off, or it was "
                               "replaced",
                               one.head.sequence, one.which));
    return std::move(report_);
  }

private:
  struct awaited {
    audit_head head;
    const char* which;
    bool found;
  };

  void problem(std::uint64_t line, std::string what) {
    if (report_.problems.size() < max_problems)
      report_.problems.push_back({file_, line, std::move(what)});
  }

  void look_at(std::string_view text, std::uint64_t number) {
    const auto line = parse_audit_frame(text);
    if (!line) {
      problem(number, line.error().message());
      return;
    }
    check_place(*line, number);
    check_kind(*line, number);
    report_.head = {line->sequence, hash_of_line(text)};
    any_ = true;
    for (auto& one : anchors_)
      one.found = one.found || one.head == report_.head;
  }

  void check_place(const audit_line& line, std::uint64_t number) {
    if (!any_) {
      report_.first_sequence = line.sequence;
      log_ = line.log;
      const bool beginning = line.sequence == 0 && line.previous == audit_hash{};
      if (line.what != audit_line::kind::start)
        problem(number, "the log does not begin with its first line");
      else if (!beginning && !options_.partial)
        problem(number, fmt::format("the log begins at {}: earlier files are missing (--partial "
                                    "accepts that)",
                                    line.sequence));
      return;
    }
    if (line.sequence != report_.head.sequence + 1)
      problem(number, fmt::format("number {} follows {}: lines were removed, added or moved",
                                  line.sequence, report_.head.sequence));
    else if (line.previous != report_.head.hash)
      problem(number, "the line before is not the one that was there when this one was written");
    if (line.what == audit_line::kind::start && (number != 1 || line.log != log_))
      problem(number, "another log begins here");
  }

  void check_kind(const audit_line& line, std::uint64_t number) {
    ++report_.unsigned_lines;
    if (line.what == audit_line::kind::entry)
      ++report_.entries;
    if (line.what != audit_line::kind::checkpoint)
      return;
    const bool good = std::any_of(keys_.begin(), keys_.end(), [&](const verify_key& key) {
      return verifies(key, bytes_of(line.signed_text), line.sig);
    });
    if (!good) {
      problem(number, "the signature is not by the key of this log");
      return;
    }
    ++report_.checkpoints;
    report_.unsigned_lines = 0;
  }

  std::vector<verify_key> keys_;
  const audit_verify_options& options_;
  std::vector<awaited> anchors_;
  audit_report report_;
  std::string file_;
  std::string log_;
  bool any_ = false;
};

core::result<void> await_anchors(log_verifier& verifier, const audit_paths& paths,
                                 const audit_verify_options& options) {
  if (options.anchor)
    verifier.must_reach(*options.anchor, "the anchor that was given");
  auto text = read_file(paths.anchor(), 256);
  if (!text) // a log that was never signed has none
    return text.error().code() == core::errc::not_found ? core::result<void>{} : text.error();
  text->erase(std::min(text->find('\n'), text->size()));
  const auto anchor = audit_head::parse(*text);
  if (!anchor)
    return anchor.error().with_context(paths.anchor());
  verifier.must_reach(*anchor, "the anchor beside the log");
  return {};
}

} // namespace

core::result<audit_report> verify_audit(const std::string& folder,
                                        const audit_verify_options& options) {
  const audit_paths paths{folder};
  auto keys = load_verify_keys(options.keys_file.empty() ? paths.verify_keys() : options.keys_file);
  if (!keys)
    return keys.error();
  log_verifier verifier{std::move(*keys), options};
  // Before the log: a writer signs and then moves the anchor.
  LEPTON_TRY(await_anchors(verifier, paths, options));
  const auto log = snapshot(paths);
  if (!log)
    return log.error();
  for (const auto& part : log->parts) {
    const auto text = part == log->parts.back() ? core::result<std::string>{log->newest}
                                                : read_file(part, max_part);
    if (!text)
      return text.error();
    verifier.part(part, *text);
  }
  return verifier.finish();
}

core::result<void>
read_audit(const std::string& folder,
           const std::function<void(const audit_line&, std::string_view)>& each) {
  const auto log = snapshot(audit_paths{folder});
  if (!log)
    return log.error();
  for (const auto& part : log->parts) {
    const auto text = part == log->parts.back() ? core::result<std::string>{log->newest}
                                                : read_file(part, max_part);
    if (!text)
      return text.error();
    for_each_line(*text, [&](std::string_view line, std::uint64_t, bool whole) {
      if (const auto parsed = parse_audit_line(line); whole && parsed)
        each(*parsed, line);
    });
  }
  return {};
}

} // namespace lepton::crypto
