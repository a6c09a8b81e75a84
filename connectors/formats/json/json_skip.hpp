#pragma once

#include "connectors/formats/json/json_fault.hpp"
#include "connectors/formats/json/json_number.hpp"
#include "connectors/formats/json/json_string.hpp"

#include <string_view>

namespace lepton::connectors {

const char* skip_spaces_slow(const char* p) noexcept;

/// Behind the white space at p.
inline const char* skip_space(const char* p) noexcept {
  return static_cast<unsigned char>(*p) > ' ' ? p : skip_spaces_slow(p);
}

/// Checks one value of any kind, without making anything of it. `depth` is how many containers it
/// stands in. Needs no stack.
json_scan skip_value_slow(const char* p, int depth) noexcept;

/// `skip_value_slow`, with the commonest values at once.
inline json_scan skip_value(const char* p, int depth) noexcept {
  json_number number;
  if (*p == '"')
    return skip_string(p + 1);
  if (quick_number(p, number))
    return {number.end, json_fault::none};
  return skip_value_slow(p, depth);
}

/// "true", "false" or "null" at p.
json_scan skip_word(const char* p) noexcept;

/// Reads a key's closing part: spaces and the colon; then spaces.
inline json_scan skip_colon(const char* p) noexcept {
  p = skip_space(p);
  if (*p != ':')
    return {p, json_fault::unexpected_character};
  return {skip_space(p + 1), json_fault::none};
}

/// Checks a whole document of any kind. `text` needs no padding: it is copied.
json_scan check_json(std::string_view text);

} // namespace lepton::connectors
