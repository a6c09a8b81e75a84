#pragma once

#include "core/column.hpp"

#include <cstdint>

namespace lepton::connectors {

/// A new column of a fixed-size type or bool with `rows` rows, to be filled.
inline core::ref_ptr<core::column> fixed_column(core::data_type type, std::int64_t rows) {
  auto column = core::make_ref<core::column>(type);
  column->resize_rows(rows);
  return column;
}

} // namespace lepton::connectors
