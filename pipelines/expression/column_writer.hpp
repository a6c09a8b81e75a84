#pragma once

#include "core/codec.hpp"
#include "core/column.hpp"
#include "pipelines/expression/kernel.hpp"
#include "pipelines/expression/value_type.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::pipelines::expr {

/// Makes the column of an expression's results, chunk by chunk.
class column_writer {
public:
  /// `label` names the expression in the reasons of failed rows.
  column_writer(core::data_type type, std::int64_t rows, const std::string& label);

  /// Where the values of the chunk at row `first` belong, if kernels can write them in place;
  /// else a null pointer.
  void* place(std::int64_t first) noexcept;
  /// Appends a chunk. Values that were written in place are not copied again.
  void append(const lane& from, std::int64_t first, std::size_t count,
              std::vector<core::row_error>& errors);
  core::column_ptr finish() { return std::move(column_); }

private:
  void append_values(const lane& from, std::int64_t first, std::size_t count);
  void append_texts(const lane& from, std::size_t count, std::vector<core::row_error>& errors,
                    std::int64_t first);

  core::ref_ptr<core::column> column_;
  const std::string& label_;
};

/// Appends the rows of a chunk that failed; their numbers begin at `first`.
void append_failures(const lane& from, std::int64_t first, std::size_t count,
                     const std::string& label, std::vector<core::row_error>& errors);

} // namespace lepton::pipelines::expr
