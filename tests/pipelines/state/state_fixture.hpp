#pragma once

#include "core/batch.hpp"
#include "pipelines/state/key_layout.hpp"

#include "pipelines/state/keyed_table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::pipelines::testing {

inline core::ref_ptr<core::column> int64_column(const std::vector<std::int64_t>& values) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::int64, 0});
  out->resize_rows(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), out->as_mutable<std::int64_t>().begin());
  return out;
}

inline core::ref_ptr<core::column> float64_column(const std::vector<double>& values) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::float64, 0});
  out->resize_rows(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), out->as_mutable<double>().begin());
  return out;
}

inline core::ref_ptr<core::column> string_column(const std::vector<std::string>& values) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::string, 0});
  for (const auto& value : values)
    out->append_string(value);
  return out;
}

inline core::ref_ptr<core::column> boolean_column(const std::vector<bool>& values) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::boolean, 0});
  out->resize_rows(static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    out->set_boolean(static_cast<std::int64_t>(i), values[i]);
  return out;
}

/// Keys of one int64 column; keeps what they point into.
struct int64_keys {
  explicit int64_keys(const std::vector<std::int64_t>& values) : column{int64_column(values)} {
    const core::column* columns[] = {column.get()};
    layout.encode(columns, column->rows, keys);
  }
  key_layout layout = key_layout::make({{"k", {core::type_id::int64, 0}, false}}).value();
  core::ref_ptr<core::column> column;
  batch_keys keys;
};

struct string_keys {
  explicit string_keys(const std::vector<std::string>& values) : column{string_column(values)} {
    const core::column* columns[] = {column.get()};
    layout.encode(columns, column->rows, keys);
  }
  key_layout layout = key_layout::make({{"k", {core::type_id::string, 0}, false}}).value();
  core::ref_ptr<core::column> column;
  batch_keys keys;
};

/// Takes a full snapshot of one table into another, empty one. `finish_restore` is left to do.
inline void copy_table(keyed_table& from, keyed_table& to) {
  from.begin_snapshot(1, true);
  std::string piece;
  for (std::size_t group = 0; from.next_piece(piece, group); piece.clear())
    ASSERT_TRUE(to.restore_piece(piece).ok());
  from.commit_snapshot();
}

} // namespace lepton::pipelines::testing
