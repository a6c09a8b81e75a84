#include "pipelines/state/lookup_table.hpp"

#include "pipelines/state/row_bytes.hpp"

namespace lepton::pipelines {

lookup_table::lookup_table(const key_layout& keys, std::vector<core::field> values,
                           std::uint64_t fingerprint)
    : rows_{key_layout::of_rows(nullable_fields(std::move(values)))},
      table_{{keys.width(),
              sizeof(kept),
              {offsetof(kept, row)},
              0,
              0,
              stable_hash(fingerprint ^ hash_of_types(rows_.fields()))}},
      missing_{row_of_nulls(rows_)} {}

void lookup_table::update(const batch_keys& keys, std::span<const std::int64_t> times,
                          std::span<const core::column* const> values,
                          const std::vector<bool>& deleted) {
  rows_.encode(values, static_cast<std::int64_t>(times.size()), encoded_);
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (!deleted.empty() && deleted[row]) {
      if (const auto entry = table_.find(keys.key(row)); entry != no_entry)
        table_.erase(entry);
      continue;
    }
    auto& at = table_.as<kept>(table_.find_or_insert(keys.key(row), 0));
    if (at.any != 0 && at.time > times[row])
      continue;
    const auto bytes = encoded_.key(row);
    if (blob_arena::capacity(at.row) < bytes.size() ||
        blob_arena::capacity(at.row) > 2 * blob_arena::capacity_for(bytes.size())) {
      table_.blobs().release(at.row);
      at.row = table_.blobs().allocate(bytes.size());
    }
    at.row.size = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(table_.blobs().at(at.row), bytes.data(), bytes.size());
    at.time = times[row];
    at.any = 1;
  }
}

std::vector<core::column_ptr> lookup_table::find(const batch_keys& keys,
                                                 std::vector<bool>& found) const {
  std::vector<entry_ref> entries(keys.size());
  table_.find(keys, entries);
  std::vector<std::string_view> rows;
  found.assign(keys.size(), false);
  for (std::size_t row = 0; row < entries.size(); ++row) {
    if (entries[row] == no_entry) {
      rows.push_back(missing_);
      continue;
    }
    const auto& at = table_.as<kept>(entries[row]);
    rows.emplace_back(reinterpret_cast<const char*>(table_.blobs().at(at.row)), at.row.size);
    found[row] = true;
  }
  return rows_.decode(rows);
}

core::result<void> lookup_table::finish_restore() {
  return table_.finish_restore([this](const std::byte* payload, const blob_arena& blobs) {
    kept at;
    std::memcpy(&at, payload, sizeof at);
    return at.any == 1 && at.row.handle != 0 &&
           rows_.fits({reinterpret_cast<const char*>(blobs.at(at.row)), at.row.size});
  });
}

} // namespace lepton::pipelines
