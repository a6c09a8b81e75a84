#pragma once

#include "pipelines/expression/reporter.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lepton::pipelines::expr {

enum class token_kind : std::uint8_t {
  end,
  identifier,
  quoted_identifier, ///< `name with spaces`, the backticks are part of the text
  integer,
  real,
  string, ///< with its quotes and an optional `r` in front
  bytes,  ///< the same with a `b` in front
  symbol,
};

struct token {
  token_kind kind = token_kind::end;
  text_range range;
  std::string_view text;

  bool is(std::string_view symbol) const noexcept {
    return kind == token_kind::symbol && text == symbol;
  }
  bool is_word(std::string_view word) const noexcept {
    return kind == token_kind::identifier && text == word;
  }
};

/// Splits an expression into tokens; the last one is `end`. Reports the first part that is none
/// and returns nothing. Does not decode literals: see literals.hpp.
std::optional<std::vector<token>> tokenize(const reporter& report);

} // namespace lepton::pipelines::expr
