#include "connectors/batch_bounds.hpp"

namespace lepton::connectors {

using core::field_type;

core::field_spec batch_field(std::string records) {
  return {.name = "batch",
          .type = field_type::object,
          .doc = "Upper bounds of one batch; waiting records are never held back to fill it.",
          .fallback = "{}",
          .fields = {{.name = "max_records",
                      .type = field_type::integer,
                      .doc = "Records; larger costs less for each record and waits longer.",
                      .fallback = std::move(records),
                      .minimum = 1,
                      .maximum = 65536},
                     {.name = "max_bytes",
                      .type = field_type::size,
                      .doc = "Bytes; a single larger record is a batch of its own.",
                      .fallback = "1MiB",
                      .minimum = 1024}}};
}

core::poll_budget read_batch(const core::config& source) {
  const auto batch = source.child("batch");
  return {batch.integer("max_records"), batch.size("max_bytes")};
}

} // namespace lepton::connectors
