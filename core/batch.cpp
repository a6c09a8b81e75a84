#include "core/batch.hpp"

namespace lepton::core {

std::int64_t batch::byte_size() const noexcept {
  std::size_t bytes = 0;
  for (const auto& c : columns)
    bytes += c ? c->byte_size() : 0;
  return static_cast<std::int64_t>(bytes);
}

ref_ptr<batch> with_columns(const batch& from, schema_ptr schema, std::vector<column_ptr> columns) {
  LEPTON_ASSERT(schema->size() == columns.size());
  auto to = make_ref<batch>(std::move(schema), std::move(columns), from.rows);
  to->raw = from.raw;
  to->raw_rows = from.raw_rows;
  to->model_version = from.model_version;
  return to;
}

ref_ptr<batch> take(const batch& from, std::span<const std::int32_t> rows,
                    const std::vector<bool>& keep) {
  std::vector<column_ptr> columns(from.columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (from.columns[i] && (keep.empty() || keep[i]))
      columns[i] = take(*from.columns[i], rows);
  auto to =
      make_ref<batch>(from.schema, std::move(columns), static_cast<std::int64_t>(rows.size()));
  to->raw = from.raw;
  to->model_version = from.model_version;
  to->raw_rows.reserve(rows.size());
  for (const auto row : rows)
    to->raw_rows.push_back(from.raw_row(row));
  return to;
}

} // namespace lepton::core
