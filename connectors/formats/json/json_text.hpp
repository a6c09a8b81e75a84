#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lepton::connectors {

/// Most bytes that a text of `size` bytes takes as a JSON string, and that its writer touches.
constexpr std::size_t json_text_room(std::size_t size) noexcept {
  return 6 * size + 18;
}

/// Writes a JSON string (RFC 8259) with its quotes. Reads up to 15 bytes after the text (columns
/// have them). Returns the end; null if the text is not valid UTF-8.
char* write_json_text(std::string_view text, char* to) noexcept;

/// The same for a text that is known to be UTF-8 and stands in no column.
std::string json_quoted(std::string_view text);

} // namespace lepton::connectors
