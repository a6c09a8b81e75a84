#include "connectors/formats/json/json_fault.hpp"

namespace lepton::connectors {

const char* describe(json_fault fault) noexcept {
  switch (fault) {
    case json_fault::none: return "no fault";
    case json_fault::unexpected_end: return "the text ends too early";
    case json_fault::unexpected_character: return "unexpected character";
    case json_fault::trailing_text: return "text after the end of the document";
    case json_fault::bad_number: return "not a number by the JSON grammar";
    case json_fault::control_character: return "control character in a string";
    case json_fault::bad_escape: return "unknown escape in a string";
    case json_fault::lone_surrogate: return "half of a surrogate pair in a string";
    case json_fault::bad_utf8: return "not valid UTF-8";
    case json_fault::too_deep: return "nested deeper than 1024 levels";
    case json_fault::byte_order_mark: return "byte order mark before the document";
    case json_fault::not_the_schema: return "not what the schema asks for";
  }
  return "unknown fault";
}

} // namespace lepton::connectors
