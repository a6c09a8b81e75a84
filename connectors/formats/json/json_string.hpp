#pragma once

#include "connectors/formats/json/json_blocks.hpp"
#include "connectors/formats/json/json_fault.hpp"

namespace lepton::connectors {

/// Writes the text of a string; `to` has room for 16 bytes more than the text in the document.
struct json_text_writer {
  char* to;
  void block(const char* from) noexcept { json_blocks::best::copy(to, from); }
  void advance(unsigned count) noexcept { to += count; }
  void put(char c) noexcept { *to++ = c; }
};

/// Takes the place of a writer when only the validity of a string matters.
struct json_text_skipper {
  void block(const char*) noexcept {}
  void advance(unsigned) noexcept {}
  void put(char) noexcept {}
};

/// Reads what plain text may not hold: an escape or bytes above 0x7f, as many as follow each other.
/// At any other byte it is the fault that this byte means.
json_scan read_special(const char* p, json_text_writer& out) noexcept;
json_scan read_special(const char* p, json_text_skipper& out) noexcept;

/// Reads a string from behind its opening quote to behind its closing one.
template <class Writer>
inline json_scan read_string(const char* p, Writer& out) noexcept {
  for (;;) {
    const auto stops = json_blocks::best::string_stops(p);
    out.block(p);
    if (stops == 0) {
      p += 16;
      out.advance(16);
      continue;
    }
    const auto plain = json_blocks::first_bit(stops);
    p += plain;
    out.advance(plain);
    if (*p == '"') [[likely]]
      return {p + 1, json_fault::none};
    const auto special = read_special(p, out);
    if (!special.ok())
      return special;
    p = special.at;
  }
}

inline json_scan skip_string(const char* p) noexcept {
  json_text_skipper nothing;
  return read_string(p, nothing);
}

} // namespace lepton::connectors
