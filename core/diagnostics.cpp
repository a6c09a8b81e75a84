#include "core/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lepton::core {

namespace {

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t n = 1; n < line; ++n) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
      return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

/// One line of the user's file, fit for a terminal: one text for each code point, with a '?' for
/// what is no UTF-8 and for control characters.
std::vector<std::string> visible_points(std::string_view line) {
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  };
  std::vector<std::string> points;
  for (std::size_t i = 0; i < line.size();) {
    const auto lead = static_cast<unsigned char>(line[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                                             : 4;
    bool good = length != 0 && i + length <= line.size() && lead < 0xF5 && lead != 0x7F &&
                (lead >= 0x20 || lead == '\t');
    for (std::size_t k = 1; good && k < length; ++k)
      good = is_continuation(line[i + k]);
    points.emplace_back(good ? std::string{line.substr(i, length)} : "?");
    i += good ? length : 1;
  }
  return points;
}

constexpr std::size_t max_shown_columns = 160;

/// The line with carets below the span; of a long line only what is around it.
std::string excerpt(std::string_view line, source_span span) {
  const auto points = visible_points(line);
  const std::size_t at = std::min<std::size_t>(span.column - 1, points.size());
  const std::size_t begin = points.size() <= max_shown_columns || at < max_shown_columns / 2
                                ? 0
                                : at - max_shown_columns / 2;
  const std::size_t end = std::min(points.size(), begin + max_shown_columns);
  std::string shown = begin == 0 ? "" : "...";
  std::string indent = begin == 0 ? "" : "   ";
  for (std::size_t i = begin; i < end; ++i) {
    shown += points[i];
    if (i < at)
      indent += points[i] == "\t" ? '\t' : ' ';
  }
  const std::size_t room = std::max<std::size_t>(1, end - std::min(at, end));
  const std::size_t carets = std::clamp<std::size_t>(span.length, 1, room);
  const auto number = std::to_string(span.line);
  return fmt::format(" {} | {}{}\n {} | {}{}\n", number, shown, end < points.size() ? "..." : "",
                     std::string(number.size(), ' '), indent, std::string(carets, '^'));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  std::vector<std::size_t> above = row; // two rows up: for letters that changed places
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const auto last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], above[j - 2] + 1);
    }
    above = last;
  }
  return row[b.size()];
}

} // namespace

void diagnostics::error(source_span span, std::string message, std::string hint) {
  all_.push_back({severity::error, span, std::move(message), std::move(hint)});
  ++errors_;
}

void diagnostics::warning(source_span span, std::string message, std::string hint) {
  all_.push_back({severity::warning, span, std::move(message), std::move(hint)});
}

void diagnostics::sort() {
  const auto key = [](const diagnostic& d) { return std::pair{d.span.line, d.span.column}; };
  std::stable_sort(all_.begin(), all_.end(),
                   [&](const diagnostic& a, const diagnostic& b) { return key(a) < key(b); });
  const auto same = [](const diagnostic& a, const diagnostic& b) {
    return a.span == b.span && a.message == b.message;
  };
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
  errors_ = static_cast<std::size_t>(std::count_if(
      all_.begin(), all_.end(), [](const diagnostic& d) { return d.level == severity::error; }));
}

std::string render(const diagnostic& finding, std::string_view file, std::string_view text) {
  const char* level = finding.level == severity::error ? "error" : "warning";
  std::string out;
  if (!finding.span.known())
    out = fmt::format("{}: {}: {}\n", file, level, finding.message);
  else
    out = fmt::format("{}:{}:{}: {}: {}\n", file, finding.span.line, finding.span.column, level,
                      finding.message);
  if (finding.span.known())
    if (const auto line = line_of(text, finding.span.line); !line.empty())
      out += excerpt(line, finding.span);
  if (!finding.hint.empty())
    out += fmt::format("  help: {}\n", finding.hint);
  return out;
}

std::string render(const diagnostics& findings, std::string_view file, std::string_view text) {
  std::string out;
  for (const auto& finding : findings.all())
    out += render(finding, file, text);
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (const auto d = edit_distance(word, candidate); d < best_distance && d < word.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return std::string{best};
}

} // namespace lepton::core
