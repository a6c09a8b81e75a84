#include "pipelines/config/field_text.hpp"

#include "core/diagnostics.hpp"
#include "core/units.hpp"
#include "pipelines/config/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

/// A misspelt key of the user's is short; edit distance costs time in the product of both lengths.
constexpr std::size_t max_guessed_length = 64;

} // namespace

std::string expected_text(core::field_type type) {
  using core::field_type;
  switch (type) {
    case field_type::text: return "a text";
    case field_type::secret: return "a secret: a text, ${NAME} or file:PATH";
    case field_type::integer: return "a whole number";
    case field_type::number: return "a number";
    case field_type::boolean: return "true or false";
    case field_type::duration: return "a duration such as 50ms";
    case field_type::size: return "a size such as 64MiB";
    case field_type::share: return "a share such as 20% or 0.2";
    case field_type::choice: return "one of its choices";
    case field_type::expression: return "an expression";
    case field_type::column: return "the name of a column";
    case field_type::list: return "a list";
    case field_type::map:
    case field_type::object: return "a mapping";
    case field_type::schema: return "a mapping of columns to types";
    case field_type::any: return "a value";
  }
  return "a value";
}

std::string shortened(std::string_view text) {
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  auto end = std::min(line.size(), max_quoted_columns);
  while (end > 0 && end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
    --end;
  std::string out{line.substr(0, end)};
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::replace_if(out.begin(), out.end(), is_control, '?');
  return out + (end < text.size() ? "..." : "");
}

std::string got_text(const core::value& item) {
  if (item.list())
    return "a list";
  if (item.map())
    return "a mapping";
  const auto* text = item.text();
  return text ? fmt::format("'{}'", shortened(*text)) : "nothing";
}

std::string joined(const std::vector<std::string>& names, const char* word, std::size_t limit) {
  std::string out;
  const auto shown = std::min(names.size(), limit);
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == names.size();
    out += i == 0 ? "" : last ? fmt::format(" {} ", word) : ", ";
    out += shortened(names[i]);
  }
  if (shown < names.size())
    out += fmt::format(" and {} more", names.size() - shown);
  return out;
}

std::string field_hint(const core::field_spec& field, std::string_view name) {
  return field.doc.empty() ? fmt::format("give '{}' {}", name, expected_text(field.type))
                           : fmt::format("{}: {}", name, field.doc);
}

std::string limit_text(core::field_type type, double limit) {
  if (type == core::field_type::duration)
    return core::format_duration(core::duration{static_cast<std::int64_t>(limit)});
  if (type == core::field_type::size)
    return core::format_size(static_cast<std::int64_t>(limit));
  if (type == core::field_type::share)
    return fmt::format("{}%", limit * 100);
  return fmt::format("{}", limit);
}

std::string name_hint(std::string_view word, const std::vector<std::string>& known,
                      std::string_view list_title) {
  const auto near = word.size() > max_guessed_length ? std::string{} : core::nearest(word, known);
  std::string hint = near.empty() ? "" : fmt::format("did you mean '{}'?", near);
  if (known.empty())
    return hint;
  return fmt::format("{}{}{} {}", hint, hint.empty() ? "" : " ", list_title, joined(known));
}

} // namespace lepton::pipelines
