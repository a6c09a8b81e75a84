#include "pipelines/expression/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lepton::pipelines::expr {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// Longest first.
constexpr std::array<std::string_view, 22> symbols{"&&", "||", "==", "!=", "<=", ">=", "+", "-",
                                                   "*",  "/",  "%",  "!",  "<",  ">",  "?", ":",
                                                   "(",  ")",  "[",  "]",  ",",  "."};

struct mistake {
  std::string_view text;
  std::string_view hint;
};
/// What people write who come from another language. Tried before `symbols`.
constexpr std::array<mistake, 5> mistakes{{
    {"===", "write `==` to compare"},
    {"<>", "write `!=` for \"not equal\""},
    {"**", "write `pow(x, y)`"},
    {"=>", "write `>=`"},
    {"=<", "write `<=`"},
}};
constexpr std::array<mistake, 6> wrong_letters{{
    {"=", "write `==` to compare"},
    {"&", "write `&&` for \"and\""},
    {"|", "write `||` for \"or\""},
    {"^", "write `pow(x, y)`"},
    {"{", "there are no maps here"},
    {"$", "write the column's name alone"},
}};

class scanner {
public:
  explicit scanner(const reporter& report) : report_{report}, text_{report.text()} {}

  std::optional<std::vector<token>> run() {
    std::vector<token> tokens;
    for (skip_blank(); at_ < text_.size(); skip_blank()) {
      const auto next = scan();
      if (!next)
        return std::nullopt;
      tokens.push_back(*next);
    }
    tokens.push_back(make(token_kind::end, at_));
    return tokens;
  }

private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  text_range range(std::size_t from, std::size_t to) const {
    return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)};
  }
  token make(token_kind kind, std::size_t from) const {
    return {kind, range(from, at_), text_.substr(from, at_ - from)};
  }

  /// White space and `//` comments.
  void skip_blank() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_]))
        ++at_;
      else if (text_.substr(at_).starts_with("//"))
        at_ = std::min(text_.find('\n', at_), text_.size());
      else
        return;
    }
  }

  std::optional<token> scan() {
    const std::size_t from = at_;
    if (const auto prefix = quote_prefix())
      return scan_string(*prefix);
    if (peek() == '`')
      return scan_quoted_identifier();
    if (is_letter(peek())) {
      while (is_letter(peek()) || is_digit(peek()))
        ++at_;
      return make(token_kind::identifier, from);
    }
    if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1))))
      return scan_number();
    return scan_symbol();
  }

  /// Length of `r`, `b`, `rb` in front of a quote; nothing if here is no string.
  std::optional<std::size_t> quote_prefix() const {
    for (std::size_t n = 0; n <= 2; ++n) {
      if (peek(n) == '"' || peek(n) == '\'')
        return n;
      if (std::string_view{"rRbB"}.find(peek(n)) == std::string_view::npos)
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<token> scan_string(std::size_t prefix);
  std::optional<token> scan_quoted_identifier();
  std::optional<token> scan_number();
  std::optional<token> scan_symbol();
  void report_unknown(std::size_t from);

  const reporter& report_;
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<token> scanner::scan_string(std::size_t prefix) {
  const std::size_t from = at_;
  const auto letters = text_.substr(at_, prefix);
  const bool raw = letters.find_first_of("rR") != std::string_view::npos;
  const bool bytes = letters.find_first_of("bB") != std::string_view::npos;
  at_ += prefix;
  const char quote = text_[at_++];
  while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n')
    at_ += text_[at_] == '\\' && !raw ? 2 : 1;
  if (at_ >= text_.size() || text_[at_] != quote) {
    report_.error(range(from, text_.size()), "this string has no end",
                  fmt::format("close it with {}", quote));
    return std::nullopt;
  }
  ++at_;
  return make(bytes ? token_kind::bytes : token_kind::string, from);
}

std::optional<token> scanner::scan_quoted_identifier() {
  const std::size_t from = at_;
  const auto end = text_.find('`', at_ + 1);
  if (end == std::string_view::npos || end == at_ + 1) {
    report_.error(range(from, text_.size()), "expected a column's name between two backticks");
    return std::nullopt;
  }
  at_ = end + 1;
  return make(token_kind::quoted_identifier, from);
}

std::optional<token> scanner::scan_number() {
  const std::size_t from = at_;
  const auto skip_digits = [&] {
    while (is_digit(peek()))
      ++at_;
  };
  bool real = false;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2))) {
    at_ += 2;
    while (is_hex(peek()))
      ++at_;
  } else {
    skip_digits();
    if (peek() == '.' && is_digit(peek(1))) {
      real = true;
      ++at_;
      skip_digits();
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      real = true;
      at_ += 1 + sign;
      skip_digits();
    }
  }
  if (is_letter(peek())) {
    const bool is_unsigned = (peek() == 'u' || peek() == 'U') && !is_letter(peek(1));
    while (is_letter(peek()) || is_digit(peek()))
      ++at_;
    report_.error(range(from, at_),
                  fmt::format("`{}` is not a number", text_.substr(from, at_ - from)),
                  is_unsigned ? "there are no unsigned integers here: leave the `u` out" : "");
    return std::nullopt;
  }
  return make(real ? token_kind::real : token_kind::integer, from);
}

std::optional<token> scanner::scan_symbol() {
  const std::size_t from = at_;
  const auto rest = text_.substr(at_);
  for (const auto& [wrong, hint] : mistakes) {
    if (rest.starts_with(wrong)) {
      report_.error(range(from, from + wrong.size()), fmt::format("`{}` is not an operator", wrong),
                    std::string{hint});
      return std::nullopt;
    }
  }
  for (const auto symbol : symbols) {
    if (rest.starts_with(symbol)) {
      at_ += symbol.size();
      return make(token_kind::symbol, from);
    }
  }
  report_unknown(from);
  return std::nullopt;
}

void scanner::report_unknown(std::size_t from) {
  std::size_t to = from + 1;
  while (to < text_.size() && (static_cast<unsigned char>(text_[to]) & 0xc0) == 0x80)
    ++to; // the whole of a letter outside ASCII
  const auto found = text_.substr(from, to - from);
  const auto byte = static_cast<unsigned char>(found.front());
  const auto shown =
      byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string{found};
  std::string hint;
  for (const auto& [wrong, advice] : wrong_letters)
    if (found == wrong)
      hint = advice;
  report_.error(range(from, to), fmt::format("`{}` does not belong into an expression", shown),
                hint);
}

} // namespace

std::optional<std::vector<token>> tokenize(const reporter& report) {
  return scanner{report}.run();
}

} // namespace lepton::pipelines::expr
