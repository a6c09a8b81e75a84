#include "pipelines/config/source_text.hpp"

#include "pipelines/config/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

/// A parser holds all of a flow collection in memory; this many brackets that nobody closes are an
/// attack, even if some of them stand in texts.
constexpr std::size_t max_open_brackets = 4096;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Length of the UTF-8 sequence at the front of `text`, 0 if it is not valid (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80)
    return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text[i]))
      return 0;
  const unsigned second = byte(1);
  const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                   (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return bad ? 0 : length;
}

/// Bytes of the text in quotes at the front of `text`, with both quotes; npos if it does not end.
std::size_t quoted_end(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\')
      ++i;
    else if (quote == '\'' && text.substr(i, 2) == "''")
      ++i;
    else if (text[i] == quote)
      return i + 1;
  }
  return std::string_view::npos;
}

bool is_control(std::string_view text, std::size_t i) {
  const auto c = static_cast<unsigned char>(text[i]);
  if (c == '\r')
    return i + 1 >= text.size() || text[i + 1] != '\n';
  return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

bool check_encoding(const source_text& source, core::diagnostics& findings) {
  const auto text = source.text();
  for (std::size_t i = 0; i < text.size();) {
    const auto length = sequence_length(text.substr(i, 4));
    if (length == 0) {
      findings.error(source.span(i), "this is not UTF-8 text", "save the file as UTF-8");
      return false;
    }
    if (is_control(text, i)) {
      findings.error(source.span(i), fmt::format("control character 0x{:02x} in the file", text[i]),
                     "remove it; in double quotes it can be written as an escape, e.g. \"\\x00\"");
      return false;
    }
    i += length;
  }
  return true;
}

bool check_tabs(const source_text& source, core::diagnostics& findings) {
  const auto text = source.text();
  bool good = true;
  for (std::size_t line = 0; line < text.size();) {
    const auto end = std::min(text.find('\n', line), text.size());
    const auto first = std::min(text.find_first_not_of(' ', line), end);
    if (first < end && text[first] == '\t') {
      const auto tabs = std::min(text.find_first_not_of('\t', first), end) - first;
      if (findings.error_count() < max_findings)
        findings.error(source.span(first, tabs), "tabs cannot indent", "use spaces");
      good = false;
    }
    line = end + 1;
  }
  return good;
}

bool check_brackets(const source_text& source, core::diagnostics& findings) {
  const auto text = source.text();
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{')
      ++open;
    else if ((text[i] == ']' || text[i] == '}') && open > 0)
      --open;
    if (open > max_open_brackets) {
      findings.error(source.span(i), fmt::format("nested deeper than {} levels", max_nesting),
                     "close the brackets; a text with brackets in it stands in quotes");
      return false;
    }
  }
  return true;
}

} // namespace

source_text::source_text(std::string_view text) : text_{text}, lines_{0} {
  bool ascii = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n')
      lines_.push_back(i + 1);
    ascii = ascii && static_cast<unsigned char>(text[i]) < 0x80;
  }
  if (ascii)
    return;
  points_.reserve(text.size() + 1);
  std::uint32_t count = 0;
  for (const char c : text) {
    points_.push_back(count);
    count += is_continuation(c) ? 0 : 1;
  }
  points_.push_back(count);
}

std::string_view source_text::line_rest(std::size_t offset) const noexcept {
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  auto end = next == lines_.end() ? text_.size() : *next - 1;
  if (end > offset && text_[end - 1] == '\r')
    --end;
  return text_.substr(offset, end - offset);
}

core::source_span source_text::span(std::size_t offset, std::size_t bytes) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const auto line = static_cast<std::size_t>(next - lines_.begin());
  const auto begin = lines_[line - 1];
  const auto end = offset + std::min(bytes, line_rest(offset).size());
  const auto points = [&](std::size_t from, std::size_t to) {
    return static_cast<std::uint32_t>(points_.empty() ? to - from : points_[to] - points_[from]);
  };
  return {static_cast<std::uint32_t>(line), points(begin, offset) + 1,
          std::max<std::uint32_t>(1, points(offset, end))};
}

core::source_span source_text::scalar_span(std::size_t offset, std::string_view content) const {
  offset = std::min(offset, text_.size());
  const auto rest = line_rest(offset);
  const char first = at(offset);
  if (first == '|' || first == '>')
    return span(offset);
  if (first != '"' && first != '\'')
    return span(offset, rest.starts_with(content) ? content.size()
                                                  : std::min(rest.find(" #"), rest.size()));
  const auto end = quoted_end(rest);
  return span(offset, end == std::string_view::npos ? rest.size() : end);
}

bool source_text::closes_quote(std::size_t offset) const noexcept {
  return quoted_end(text_.substr(offset)) != std::string_view::npos;
}

bool check_characters(const source_text& source, core::diagnostics& findings) {
  return check_encoding(source, findings) && check_tabs(source, findings) &&
         check_brackets(source, findings);
}

} // namespace lepton::pipelines
