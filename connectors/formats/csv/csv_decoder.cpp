#include "connectors/formats/csv/csv_decoder.hpp"

#include "connectors/formats/csv/csv_value.hpp"
#include "connectors/formats/unreadable.hpp"

#include <fmt/format.h>

#include <numeric>

namespace lepton::connectors {

csv_decoder::csv_decoder(std::vector<core::schema_entry> entries, csv_options options)
    : entries_{std::move(entries)}, options_{std::move(options)}, split_{options_.delimiter},
      positions_(entries_.size()) {
  for (const auto& entry : entries_)
    columns_.emplace_back(entry.field.type);
  std::iota(positions_.begin(), positions_.end(), 0);
}

void csv_decoder::decode(const core::raw_batch& in, core::decoded& out) {
  out = {};
  for (auto& column : columns_)
    column.begin(in.record_count);
  if (!in.fault.empty()) {
    refuse_unreadable(in, out);
  } else {
    if (options_.header)
      read_header(in);
    read_records(in, out);
  }
  for (auto& column : columns_)
    out.columns.push_back(column.finish(out.rows));
}

void csv_decoder::read_header(const core::raw_batch& in) {
  if (in.first_line == header_)
    return;
  header_ = in.first_line;
  header_fault_.clear();
  header_size_ = 0;
  std::iota(positions_.begin(), positions_.end(), 0);
  if (header_)
    find_columns(*header_);
}

void csv_decoder::find_columns(const std::string& line) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // spreadsheets write one
  std::string_view text{line};
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (const char* wrong = split_.split(text)) {
    header_fault_ = fmt::format("the header line of the file is malformed CSV: {}", wrong);
    return;
  }
  header_size_ = split_.fields().size();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    positions_[i] = -1;
    for (std::size_t at = 0; at < header_size_; ++at)
      if (split_.fields()[at].text == entries_[i].path.front())
        positions_[i] = static_cast<std::ptrdiff_t>(at);
    if (positions_[i] < 0 && entries_[i].required)
      header_fault_ =
          fmt::format("the header line of the file has no column '{}'", entries_[i].path.front());
  }
}

void csv_decoder::read_records(const core::raw_batch& in, core::decoded& out) {
  const auto records = in.records();
  bool all = true; // every record so far is a row
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool is_header = options_.header && header_ && records[i].offset == 0;
    const bool good = !is_header && read_record(records[i].payload, out.rows);
    if (!good && all) {
      all = false;
      out.raw_rows.resize(i);
      std::iota(out.raw_rows.begin(), out.raw_rows.end(), 0);
    }
    if (good) {
      if (!all)
        out.raw_rows.push_back(static_cast<std::int32_t>(i));
      ++out.rows;
      continue;
    }
    for (auto& column : columns_)
      column.undo(out.rows);
    if (!is_header)
      out.errors.push_back({static_cast<std::int32_t>(i), complaint_});
  }
}

bool csv_decoder::complain(std::string text) {
  complaint_ = std::move(text);
  return false;
}

bool csv_decoder::read_record(std::string_view payload, std::int64_t row) {
  if (!header_fault_.empty())
    return complain(header_fault_);
  if (const char* wrong = split_.split(payload))
    return complain(fmt::format("malformed CSV: {}", wrong));
  const auto count = split_.fields().size();
  if (header_size_ != 0 && count != header_size_)
    return complain(
        fmt::format("expected {} fields as in the header, found {}", header_size_, count));
  if (header_size_ == 0 && count > entries_.size())
    return complain(
        fmt::format("expected {} fields as in the schema, found {}", entries_.size(), count));
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (!read_field(i, row))
      return false;
  return true;
}

bool csv_decoder::set_absent(std::size_t i, std::int64_t row) {
  if (entries_[i].fallback)
    columns_[i].set_value(row, *entries_[i].fallback);
  else if (entries_[i].field.nullable)
    columns_[i].set_null(row);
  else
    return false;
  return true;
}

bool csv_decoder::read_field(std::size_t i, std::int64_t row) {
  const auto& entry = entries_[i];
  const auto at = positions_[i];
  const auto& fields = split_.fields();
  if (at < 0 || static_cast<std::size_t>(at) >= fields.size())
    return set_absent(i, row) || complain(fmt::format("missing field '{}'", entry.field.name));
  const auto& found = fields[static_cast<std::size_t>(at)];
  if (!found.quoted && found.text == options_.null_text) {
    if (set_absent(i, row))
      return true;
    // A required text may be empty; it cannot be null.
    if (entry.field.type.id != core::type_id::string || !found.text.empty())
      return complain(fmt::format("field '{}' must not be empty", entry.field.name));
  }
  return read_csv_value(found.text, entry.field.type, row, columns_[i]) ||
         complain(fmt::format("field '{}': not a value of type {}", entry.field.name,
                              core::to_string(entry.field.type)));
}

} // namespace lepton::connectors
