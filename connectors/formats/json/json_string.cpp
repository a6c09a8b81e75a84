#include "connectors/formats/json/json_string.hpp"

#include "connectors/formats/text/utf8.hpp"

#include <cstdint>

namespace lepton::connectors {

namespace {

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Four hexadecimal digits; -1 if they are not.
std::int32_t read_hex(const char* p) noexcept {
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

template <class Writer>
json_scan read_unicode(const char* p, Writer& out) noexcept {
  auto code = read_hex(p);
  if (code < 0)
    return {p, json_fault::bad_escape};
  if (code >= 0xdc00 && code <= 0xdfff)
    return {p, json_fault::lone_surrogate};
  const char* end = p + 4;
  if (code >= 0xd800 && code <= 0xdbff) {
    const auto low = end[0] == '\\' && end[1] == 'u' ? read_hex(end + 2) : -1;
    if (low < 0xdc00 || low > 0xdfff)
      return {p, json_fault::lone_surrogate};
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    end += 6;
  }
  char bytes[4];
  const int size = encode_utf8(static_cast<std::uint32_t>(code), bytes);
  for (int i = 0; i < size; ++i)
    out.put(bytes[i]);
  return {end, json_fault::none};
}

template <class Writer>
json_scan read_escape(const char* p, Writer& out) noexcept {
  switch (*p) {
    case '"':
    case '\\':
    case '/': out.put(*p); break;
    case 'b': out.put('\b'); break;
    case 'f': out.put('\f'); break;
    case 'n': out.put('\n'); break;
    case 'r': out.put('\r'); break;
    case 't': out.put('\t'); break;
    case 'u': return read_unicode(p + 1, out);
    default: return {p, json_fault::bad_escape};
  }
  return {p + 1, json_fault::none};
}

template <class Writer>
json_scan read_special_as(const char* p, Writer& out) noexcept {
  if (*p == '\\')
    return read_escape(p + 1, out);
  if (static_cast<unsigned char>(*p) < 0x80)
    return {p, json_fault::control_character};
  while (static_cast<unsigned char>(*p) >= 0x80) {
    const int size = utf8_sequence(p);
    if (size == 0)
      return {p, json_fault::bad_utf8};
    for (int i = 0; i < size; ++i)
      out.put(*p++);
  }
  return {p, json_fault::none};
}

} // namespace

json_scan read_special(const char* p, json_text_writer& out) noexcept {
  return read_special_as(p, out);
}

json_scan read_special(const char* p, json_text_skipper& out) noexcept {
  return read_special_as(p, out);
}

} // namespace lepton::connectors
