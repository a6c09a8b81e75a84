#include "cli/access_commands.hpp"
#include "cli/access_folder.hpp"
#include "cli/admin_gate.hpp"
#include "cli/exit_codes.hpp"
#include "core/units.hpp"
#include "crypto/audit/audit_verify.hpp"
#include "crypto/policy/resource.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lepton::cli {

namespace {

using core::errc;
using core::error;
using json = nlohmann::ordered_json;

/// Where the log is that the caller may read.
core::result<std::string> log_folder(const access_command& options, std::string_view verb) {
  LEPTON_TRY(current_admin_gate().before_reading(verb, "audit:log"));
  if (!options.log_folder.empty())
    return options.log_folder;
  if (!options.common->folder.empty())
    return access_paths{options.common->folder}.audit();
  return error{errc::invalid_argument,
               "which log? give --log FOLDER, or --access FOLDER or LEPTON_ACCESS"};
}

/// The beginning of the times to show, in the form in which entries have theirs.
core::result<std::string> since_of(const access_command& options) {
  if (options.since.empty())
    return std::string{};
  if (const auto time = crypto::parse_utc(options.since))
    return crypto::format_utc(crypto::utc_micros{*time});
  if (const auto age = core::parse_duration(options.since))
    return crypto::format_utc(crypto::utc_micros{
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now() - *age)});
  return error{errc::invalid_argument,
               fmt::format("--since: `{}` is neither a time such as 2026-11-25T07:05:00Z nor an "
                           "age such as 1h",
                           options.since)};
}

bool is_shown(const crypto::audit_line& line, const access_command& options,
              const std::string& since) {
  if (line.what != crypto::audit_line::kind::entry || line.time < since)
    return false;
  return (options.verb.empty() || crypto::fits_pattern(line.record.verb, options.verb)) &&
         (options.actor.empty() || crypto::fits_pattern(line.record.actor, options.actor));
}

json to_json(const crypto::audit_report& found) {
  auto problems = json::array();
  for (const auto& one : found.problems)
    problems.push_back({{"file", one.file}, {"line", one.line}, {"problem", one.what}});
  return {{"good", found.good()},
          {"entries", found.entries},
          {"checkpoints", found.checkpoints},
          {"unsigned_lines", found.unsigned_lines},
          {"head", found.head.text()},
          {"problems", problems}};
}

void print(const crypto::audit_report& found) {
  for (const auto& one : found.problems)
    if (one.line == 0)
      fmt::print(stderr, "{}: {}\n", one.file, one.what);
    else
      fmt::print(stderr, "{}:{}: {}\n", one.file, one.line, one.what);
  if (!found.good()) {
    fmt::print(stderr, "the audit log was changed or is damaged\n");
    return;
  }
  fmt::print("{} entries and {} signatures are good\nhead {}\n", found.entries, found.checkpoints,
             found.head.text());
  if (found.unsigned_lines != 0)
    fmt::print("lines after the last signature: {}\n", found.unsigned_lines);
}

/// What others chose must not steer the terminal.
std::string printable(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  return text;
}

/// Times to the second: `--json` has all digits.
void print(const crypto::audit_line& line) {
  constexpr std::size_t to_the_second = 19; // of "2026-11-25T07:05:00.000001Z"
  const auto& of = line.record;
  fmt::print("{:>8}  {}Z  {:<6}  {:<16}  {:<20}  {}\n", line.sequence,
             printable(line.time.substr(0, to_the_second)), printable(of.result),
             printable(of.actor), printable(of.verb), printable(of.resource));
}

int show_head(const std::string& folder) {
  crypto::audit_head head;
  const auto read =
      crypto::read_audit(folder, [&](const crypto::audit_line& line, std::string_view text) {
        head = {line.sequence, crypto::hash_of_line(text)};
      });
  if (!read)
    return report(read.error());
  fmt::print("{}\n", head.text());
  return exit_ok;
}

} // namespace

int audit_verify(const access_command& options) {
  const auto folder = log_folder(options, "audit.verify");
  if (!folder)
    return report(folder.error());
  crypto::audit_verify_options wanted{options.keys_file, std::nullopt, options.partial};
  if (!options.anchor.empty()) {
    const auto anchor = crypto::audit_head::parse(options.anchor);
    if (!anchor)
      return report({errc::invalid_argument, "--anchor: " + anchor.error().message()});
    wanted.anchor = *anchor;
  }
  const auto found = crypto::verify_audit(*folder, wanted);
  if (!found)
    return report(found.error());
  if (options.json)
    fmt::print("{}\n", to_json(*found).dump());
  else
    print(*found);
  return found->good() ? exit_ok : exit_failed;
}

int audit_show(const access_command& options) {
  const auto folder = log_folder(options, "audit.show");
  if (!folder)
    return report(folder.error());
  if (options.head)
    return show_head(*folder);
  const auto since = since_of(options);
  if (!since)
    return report(since.error());
  bool any = false;
  const auto read =
      crypto::read_audit(*folder, [&](const crypto::audit_line& line, std::string_view text) {
        if (!is_shown(line, options, *since))
          return;
        if (!options.json && !any)
          fmt::print("{:>8}  {:<20}  {:<6}  {:<16}  {:<20}  {}\n", "LINE", "TIME", "RESULT",
                     "ACTOR", "VERB", "RESOURCE");
        any = true;
        if (options.json)
          fmt::print("{}\n", text);
        else
          print(line);
      });
  if (!read)
    return report(read.error());
  if (!any && !options.json)
    fmt::print(stderr, "no entry fits\n");
  return exit_ok;
}

} // namespace lepton::cli
