#pragma once

#include "core/column.hpp"
#include "core/raw_batch.hpp"
#include "core/schema.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lepton::core {

/// Rows in columns, with the raw records they came from. Immutable once published as `batch_ptr`;
/// shared between actors of a process, never copied.
class batch : public ref_counted {
public:
  batch(schema_ptr of, std::vector<column_ptr> values, std::int64_t count)
      : schema{std::move(of)}, columns{std::move(values)}, rows{count} {}

  schema_ptr schema;
  std::vector<column_ptr> columns; ///< one for each field of `schema`, each with `rows` rows
  std::int64_t rows = 0;
  ref_ptr<const raw_batch> raw;       ///< where the rows came from; null only for test input
  std::vector<std::int32_t> raw_rows; ///< record of `raw` for each row; empty = row i is record i
  /// "component=version" of the models that scored these rows; null until one did.
  std::shared_ptr<const std::string> model_version;

  std::int32_t raw_row(std::int64_t row) const noexcept {
    return raw_rows.empty() ? static_cast<std::int32_t>(row)
                            : raw_rows[static_cast<std::size_t>(row)];
  }
  const column& operator[](std::size_t i) const noexcept { return *columns[i]; }
  /// Bytes of the columns, without the raw payloads.
  std::int64_t byte_size() const noexcept;
};

using batch_ptr = ref_ptr<const batch>;

/// New batch with other columns for the same rows: same provenance, same model version.
ref_ptr<batch> with_columns(const batch& from, schema_ptr schema, std::vector<column_ptr> columns);

/// New batch with the given rows, in the given (ascending) order. Columns whose `keep` entry is
/// false are left as null pointers (nobody reads them); an empty `keep` keeps all.
ref_ptr<batch> take(const batch& from, std::span<const std::int32_t> rows,
                    const std::vector<bool>& keep = {});

} // namespace lepton::core
