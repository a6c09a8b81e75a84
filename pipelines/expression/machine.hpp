#pragma once

#include "core/codec.hpp"
#include "core/column.hpp"
#include "pipelines/expression/column_loader.hpp"
#include "pipelines/expression/expression.hpp"
#include "pipelines/expression/program.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lepton::pipelines::expr {

/// Runs one program over the chunks of a batch. Owns the scratch memory: after the first chunk
/// nothing is allocated but the results. Used by one thread at a time.
class machine {
public:
  explicit machine(compiled_expression expression);

  core::column_ptr evaluate(std::span<const core::column_ptr> columns, std::int64_t rows,
                            std::vector<core::row_error>& errors);
  std::span<const std::int32_t> matches(std::span<const core::column_ptr> columns,
                                        std::int64_t rows, std::vector<core::row_error>& errors);

private:
  void load(std::span<const core::column_ptr> columns, std::int64_t first, std::size_t count);
  /// Rows [first, first + count) of the root. The last step writes to `out` unless it is null.
  const lane& run(std::span<const core::column_ptr> columns, std::int64_t first, std::size_t count,
                  void* out);

  compiled_expression expression_;
  const program& code_;
  std::vector<lane> lanes_; ///< one for each slot
  std::vector<column_loader> loaders_;
  std::vector<core::aligned_buffer> values_; ///< one for each buffer of the program
  std::vector<core::aligned_buffer> states_;
  string_arena strings_;
  std::vector<std::int32_t> matches_;
};

} // namespace lepton::pipelines::expr
