#include "pipelines/config/scalar_check.hpp"

#include "core/units.hpp"
#include "pipelines/config/field_text.hpp"
#include "pipelines/config/secret_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lepton::pipelines {

namespace {

using core::field_type;
using data = core::value::data_type;

template <class T>
std::optional<data> parse_number(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end)
    return std::nullopt;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(number))
      return std::nullopt;
  return number;
}

std::optional<data> parse_scalar(field_type type, const std::string& text) {
  switch (type) {
    case field_type::integer: return parse_number<std::int64_t>(text);
    case field_type::number: return parse_number<double>(text);
    case field_type::boolean:
      return text == "true" || text == "false" ? std::optional<data>{text == "true"} : std::nullopt;
    case field_type::duration:
      if (const auto time = core::parse_duration(text))
        return time->count();
      return std::nullopt;
    case field_type::size: return core::parse_size(text);
    case field_type::share: return core::parse_share(text);
    case field_type::expression:
    case field_type::column: return text.empty() ? std::nullopt : std::optional<data>{text};
    default: return text;
  }
}

std::string type_hint(const core::field_spec& field, std::string_view name) {
  switch (field.type) {
    case field_type::duration: return "the units are ns, us, ms, s, m, h and d";
    case field_type::size: return "the units are B, KiB, MiB, GiB, TiB, kB, MB, GB and TB";
    case field_type::share: return "it lies between 0 and 1, or 0% and 100%";
    case field_type::boolean: return "yes, no, on and off are texts";
    default: return field_hint(field, name);
  }
}

bool in_range(const core::field_spec& field, const core::value& typed, const core::value& written,
              std::string_view name, spec_context& context) {
  double number = 0;
  if (const auto* whole = std::get_if<std::int64_t>(&typed.data))
    number = static_cast<double>(*whole);
  else if (const auto* real = std::get_if<double>(&typed.data))
    number = *real;
  else
    return true;
  const bool low = field.minimum && number < *field.minimum;
  if (!low && !(field.maximum && number > *field.maximum))
    return true;
  const double limit = low ? *field.minimum : *field.maximum;
  context.findings.error(written.span,
                         fmt::format("'{}' must be at {} {}, got {}", name, low ? "least" : "most",
                                     limit_text(field.type, limit), got_text(written)),
                         field_hint(field, name));
  return false;
}

bool is_choice(const core::field_spec& field, const std::string& text, const core::value& written,
               std::string_view name, spec_context& context) {
  const auto& choices = field.choices;
  if (std::find(choices.begin(), choices.end(), text) != choices.end())
    return true;
  context.findings.error(written.span, fmt::format("'{}' cannot be {}", name, got_text(written)),
                         name_hint(text.size() > 64 ? "" : text, choices,
                                   choices.size() == 1 ? "it must be" : "it must be one of"));
  return false;
}

std::optional<core::value> check_secret(std::string text, const core::value& written,
                                        std::string_view name, spec_context& context) {
  const auto& as_written = *written.text();
  if (text.starts_with("file:")) {
    auto content = read_secret_file(text.substr(5), context.directory);
    if (!content) {
      context.findings.error(
          written.span, fmt::format("'{}' cannot be read: {}", name, content.error().message()),
          "write file:PATH of a small text file; a relative path starts at the "
          "folder of this file");
      return std::nullopt;
    }
    context.hidden.add_secret(*content, as_written);
    text = std::move(content).value();
  } else if (text != as_written) {
    context.hidden.add_secret(text, as_written);
  } else if (!text.empty()) {
    context.hidden.add_literal(text);
    context.findings.warning(written.span,
                             fmt::format("'{}' is a secret and stands in this file", name),
                             "write ${NAME} for a variable, or file:PATH for a file");
  }
  return core::value{std::move(text), written.span};
}

} // namespace

std::optional<core::value> check_scalar(const core::field_spec& field, const core::value& item,
                                        std::string_view name, spec_context& context) {
  const auto* written = item.text();
  if (!written) {
    context.findings.error(
        item.span,
        fmt::format("'{}' must be {}, got {}", name, expected_text(field.type), got_text(item)),
        type_hint(field, name));
    return std::nullopt;
  }
  auto text = substitute(*written, item.span, context.variables, context.hidden, context.findings);
  if (!text)
    return std::nullopt;
  if (!item.quoted && *text != *written && (text->empty() || *text == "null" || *text == "~"))
    return core::value{{}, item.span};
  if (field.type == field_type::secret)
    return check_secret(std::move(*text), item, name, context);
  auto parsed = parse_scalar(field.type, *text);
  if (!parsed) {
    context.findings.error(
        item.span,
        fmt::format("'{}' must be {}, got {}", name, expected_text(field.type), got_text(item)),
        type_hint(field, name));
    return std::nullopt;
  }
  core::value typed{std::move(*parsed), item.span};
  typed.quoted = item.quoted;
  if (field.type == field_type::choice && !is_choice(field, *text, item, name, context))
    return std::nullopt;
  return in_range(field, typed, item, name, context) ? std::optional{std::move(typed)}
                                                     : std::nullopt;
}

std::optional<core::value> substitute_all(const core::value& item, spec_context& context) {
  core::value out = item;
  bool good = true;
  const auto inner = [&](core::value& slot) {
    auto replaced = substitute_all(slot, context);
    good = good && replaced;
    if (replaced)
      slot = std::move(*replaced);
  };
  if (auto* list = std::get_if<core::value_list>(&out.data))
    for (auto& element : *list)
      inner(element);
  if (auto* map = std::get_if<core::value_map>(&out.data))
    for (auto& entry : *map)
      inner(entry.item);
  if (auto* text = std::get_if<std::string>(&out.data)) {
    auto replaced =
        substitute(*text, item.span, context.variables, context.hidden, context.findings);
    good = replaced.has_value();
    if (good && !item.quoted && *replaced != *text && replaced->empty())
      out.data = {};
    else if (good)
      *text = std::move(*replaced);
  }
  return good ? std::optional{std::move(out)} : std::nullopt;
}

} // namespace lepton::pipelines
