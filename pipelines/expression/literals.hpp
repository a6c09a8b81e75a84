#pragma once

#include "pipelines/expression/lexer.hpp"
#include "pipelines/expression/value_type.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lepton::pipelines::expr {

/// A value that stands in the text. `type` says which member holds it.
struct literal {
  value_type type = value_type::null;
  bool boolean = false;
  std::int64_t integer = 0; ///< also timestamps
  double real = 0;
  std::string text = {}; ///< string and bytes
};

/// Decodes a number token; `negative` = a minus stands in front (INT64_MIN has no positive twin).
/// Reports numbers that do not fit.
std::optional<literal> decode_number(const token& number, bool negative, const reporter& report);

/// Decodes a string or bytes token: quotes, `r` and `b` prefixes, escapes of CEL. Reports bad
/// escapes at their place.
std::optional<literal> decode_string(const token& quoted, const reporter& report);

/// Appends `code_point` as UTF-8.
void append_utf8(std::string& to, std::uint32_t code_point);

} // namespace lepton::pipelines::expr
