#pragma once

#include "core/column.hpp"
#include "core/schema.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// One kind of made-up records: its columns, and how to make any range of them.
struct record_kind {
  const char* name;
  core::schema_ptr schema;
  std::int64_t record_bytes; ///< of one record in columns, about
  /// Records first .. first + count - 1 of the stream that `seed` stands for.
  std::vector<core::column_ptr> (*make)(std::uint64_t seed, std::int64_t first, std::int64_t count);
  /// When record `i` happened.
  std::int64_t (*time_of)(std::int64_t i);
};

/// Card payments with fraud among them.
const record_kind& card_records();
/// Measurements of road sensors, some of them in a traffic jam.
const record_kind& sensor_records();

/// "cards" or "sensors".
const record_kind& record_kind_of(std::string_view name);

} // namespace lepton::connectors
