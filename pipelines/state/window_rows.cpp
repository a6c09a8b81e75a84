#include "pipelines/state/window_rows.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

core::column_ptr timestamps(const std::vector<std::int64_t>& values) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::timestamp_ms, 0});
  out->resize_rows(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), out->as_mutable<std::int64_t>().begin());
  return out;
}

} // namespace

void window_rows::add(std::string_view key, std::int64_t start, std::int64_t end,
                      const std::byte* payload, const blob_arena& blobs) {
  const auto row = static_cast<std::int64_t>(size());
  if (columns_.empty())
    columns_ = aggregates_.columns(0);
  for (auto& column : columns_)
    if (!column->type.is_variable_size()) {
      column->values.resize(static_cast<std::size_t>(row + 1) * sizeof(std::int64_t));
      column->rows = row + 1;
      if (column->null_count != 0) {
        const auto bytes = static_cast<std::size_t>(row / 8 + 1);
        if (column->validity.size() < bytes) {
          column->validity.resize(bytes);
          column->validity.data()[bytes - 1] = 0xff;
        }
      }
    }
  aggregates_.write(payload, blobs, columns_, row);
  key_bytes_.emplace_back(key);
  starts_.push_back(start);
  ends_.push_back(end);
}

std::vector<core::column_ptr> window_rows::take() {
  const std::vector<std::string_view> keys{key_bytes_.begin(), key_bytes_.end()};
  auto out = keys_.decode(keys);
  out.push_back(timestamps(starts_));
  out.push_back(timestamps(ends_));
  if (columns_.empty())
    columns_ = aggregates_.columns(0);
  out.insert(out.end(), columns_.begin(), columns_.end());
  columns_.clear();
  key_bytes_.clear();
  starts_.clear();
  ends_.clear();
  return out;
}

} // namespace lepton::pipelines
