#pragma once

#include "core/column.hpp"
#include "pipelines/expression/kernel.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace lepton::pipelines::expr {

/// Shows the rows of one column, chunk by chunk, in the form that kernels read. int64, float64,
/// timestamps and lists are shown where they are; other types are converted into scratch memory.
class column_loader {
public:
  explicit column_loader(core::data_type type);

  /// Rows [first, first + count) of `from`; `first` is a multiple of 64 and `count` at most
  /// `chunk_rows`. Valid until the next call or the end of the column.
  lane load(const core::column& from, std::int64_t first, std::size_t count);

private:
  const void* load_values(const core::column& from, std::size_t first, std::size_t count);
  const row_state* load_states(const core::column& from, std::size_t first, std::size_t count);

  core::data_type type_;
  core::aligned_buffer values_;
  core::aligned_buffer states_;
};

} // namespace lepton::pipelines::expr
