#include "connectors/lines/line_fields.hpp"

namespace lepton::connectors {

std::vector<core::field_spec> line_fields() {
  return {
      {.name = "max_line_bytes",
       .type = core::field_type::size,
       .doc = "A longer line is no row but an error, with its first 4 KiB as payload; larger takes "
              "more memory.",
       .fallback = "1MiB",
       .minimum = 1,
       .maximum = 1 << 30},
      {.name = "quoted_lines",
       .type = core::field_type::boolean,
       .doc = "A line end between double quotes does not end the record, as CSV has it.",
       .fallback = "false"}};
}

line_options read_line_options(const core::config& config) {
  return {config.size("max_line_bytes"), config.boolean("quoted_lines")};
}

} // namespace lepton::connectors
