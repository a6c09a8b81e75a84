#pragma once

#include <cstdint>

namespace lepton::connectors {

/// Why a text is no JSON document, by RFC 8259. Says nothing about a schema.
enum class json_fault : std::uint8_t {
  none,
  unexpected_end,
  unexpected_character,
  trailing_text,
  bad_number,
  control_character, ///< a byte below 0x20 in a string
  bad_escape,
  lone_surrogate,
  bad_utf8,
  too_deep,
  byte_order_mark,
  not_the_schema, ///< a good document, but not what the schema asks for
};

/// For the user; never holds bytes of the document.
const char* describe(json_fault fault) noexcept;

/// Where a scan stopped: behind what it read, or at the byte that is wrong. Two registers, so that
/// the hot path needs no memory for it.
struct json_scan {
  const char* at = nullptr;
  json_fault fault = json_fault::none;

  bool ok() const noexcept { return fault == json_fault::none; }
};

/// Containers inside one another, at most.
inline constexpr int json_max_depth = 1024;

/// Readable bytes that every text given to the scanners has before its begin and, all zero, after
/// its end. NUL is legal nowhere in JSON, so that no scanner has to look for the end.
inline constexpr int json_padding = 64;

} // namespace lepton::connectors
