#include "pipelines/expression/literals.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace lepton::pipelines::expr {

namespace {

std::optional<literal> decode_integer(const token& number, bool negative, const reporter& report) {
  auto digits = number.text;
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (hex)
    digits.remove_prefix(2);
  std::uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, hex ? 16 : 10);
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  if (error != std::errc{} || magnitude > limit) {
    report.error(number.range, fmt::format("{} does not fit into a 64-bit integer", number.text),
                 hex ? "" : fmt::format("write {}.0 for a double", number.text));
    return std::nullopt;
  }
  literal out{.type = value_type::integer};
  out.integer = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  return out;
}

std::optional<literal> decode_real(const token& number, bool negative, const reporter& report) {
  double value = 0;
  const auto digits =
      number.text.front() == '.' ? fmt::format("0{}", number.text) : std::string{number.text};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) {
    report.error(number.range, fmt::format("{} does not fit into a double", number.text));
    return std::nullopt;
  }
  literal out{.type = value_type::real};
  out.real = negative ? -value : value;
  return out;
}

/// Escapes that stand for one letter, and that letter.
constexpr std::string_view simple_escapes = "abfnrtv\\?\"'`";
constexpr std::string_view simple_values = "\a\b\f\n\r\t\v\\?\"'`";

/// Reads the body of a string, escape by escape.
class unescaper {
public:
  unescaper(std::string_view body, std::uint32_t body_begin, bool bytes, const reporter& report)
      : body_{body}, begin_{body_begin}, bytes_{bytes}, report_{report} {}

  std::optional<std::string> run() {
    while (at_ < body_.size()) {
      if (body_[at_] != '\\')
        out_ += body_[at_++];
      else if (!escape())
        return std::nullopt;
    }
    return std::move(out_);
  }

private:
  bool escape() {
    const char letter = body_[at_ + 1];
    if (const auto i = simple_escapes.find(letter); i != std::string_view::npos) {
      out_ += simple_values[i];
      at_ += 2;
      return true;
    }
    switch (letter) {
      case 'x':
      case 'X': return number(2, 2, 16);
      case 'u': return number(2, 4, 16);
      case 'U': return number(2, 8, 16);
      default: return letter >= '0' && letter <= '3' ? number(1, 3, 8) : bad(2);
    }
  }

  bool number(std::size_t skip, std::size_t digits, int base) {
    const auto text = body_.substr(std::min(body_.size(), at_ + skip), digits);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, base);
    if (error != std::errc{} || end != text.data() + digits || text.size() != digits)
      return bad(skip + text.size());
    const bool is_byte = digits < 4;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || (bytes_ && !is_byte))
      return bad(skip + digits);
    if (bytes_)
      out_ += static_cast<char>(code);
    else
      append_utf8(out_, code);
    at_ += skip + digits;
    return true;
  }

  bool bad(std::size_t length) {
    const auto from = begin_ + static_cast<std::uint32_t>(at_);
    const auto shown = body_.substr(at_, length);
    report_.error({from, from + static_cast<std::uint32_t>(shown.size())},
                  fmt::format("`{}` is not an escape", shown),
                  "write `\\\\` for a backslash, or r'...' for text without escapes");
    return false;
  }

  std::string_view body_;
  std::uint32_t begin_;
  bool bytes_;
  const reporter& report_;
  std::size_t at_ = 0;
  std::string out_;
};

} // namespace

std::optional<literal> decode_number(const token& number, bool negative, const reporter& report) {
  return number.kind == token_kind::integer ? decode_integer(number, negative, report)
                                            : decode_real(number, negative, report);
}

std::optional<literal> decode_string(const token& quoted, const reporter& report) {
  const auto quote = quoted.text.find_first_of("'\"");
  const auto prefix = quoted.text.substr(0, quote);
  const bool raw = prefix.find_first_of("rR") != std::string_view::npos;
  const bool bytes = quoted.kind == token_kind::bytes;
  const auto body = quoted.text.substr(quote + 1, quoted.text.size() - quote - 2);
  literal out{.type = bytes ? value_type::bytes : value_type::string};
  if (raw) {
    out.text = body;
    return out;
  }
  const auto begin = quoted.range.begin + static_cast<std::uint32_t>(quote) + 1;
  auto text = unescaper{body, begin, bytes, report}.run();
  if (!text)
    return std::nullopt;
  out.text = std::move(*text);
  return out;
}

void append_utf8(std::string& to, std::uint32_t code_point) {
  const auto byte = [&](std::uint32_t b) { to += static_cast<char>(b); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0 | (code_point >> 6));
    byte(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    byte(0xe0 | (code_point >> 12));
    byte(0x80 | ((code_point >> 6) & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  } else {
    byte(0xf0 | (code_point >> 18));
    byte(0x80 | ((code_point >> 12) & 0x3f));
    byte(0x80 | ((code_point >> 6) & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  }
}

} // namespace lepton::pipelines::expr
