#include "pipelines/test_runner_rows.hpp"

#include "pipelines/test_runner_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <deque>
#include <iterator>
#include <optional>

namespace lepton::pipelines {

namespace {

/// Records that a test made, with their bytes or their columns.
class test_records final : public core::raw_batch {
public:
  explicit test_records(const std::string& source) {
    topic = std::make_shared<const std::string>(source);
    received = clock::now();
  }

  std::span<const core::raw_record> records() const override { return records_; }

  void add(std::string payload) {
    const auto& kept = payloads_.emplace_back(std::move(payload));
    records_.push_back({kept, {}, record_count++, -1});
    byte_count += static_cast<std::int64_t>(kept.size());
  }

  std::vector<core::column_ptr> columns; ///< typed records only

private:
  std::deque<std::string> payloads_; ///< a deque: the records point into the texts
  std::vector<core::raw_record> records_;
};

class test_decoder final : public core::decoder {
public:
  void decode(const core::raw_batch& in, core::decoded& out) override {
    out.columns = static_cast<const test_records&>(in).columns;
    out.rows = in.record_count;
  }
};

// ---- JSON --------------------------------------------------------------------------------------

void write_text(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  out += '"';
}

/// The number as JSON writes it; empty if `text` is none.
std::string json_number(std::string_view text) {
  double real = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, real);
  if (error != std::errc{} || rest != end || !std::isfinite(real))
    return {};
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool plain = digits.find_first_not_of("0123456789") == std::string_view::npos &&
                     (digits.size() == 1 || !digits.starts_with('0'));
  return plain ? std::string{text} : fmt::format("{}", real);
}

void write_scalar(const core::value& item, bool wants_text, std::string& out) {
  const auto& text = *item.text();
  const auto number = json_number(text);
  if (item.quoted || wants_text)
    write_text(text, out);
  else if (text == "true" || text == "false")
    out += text;
  else if (!number.empty())
    out += number;
  else
    write_text(text, out);
}

void write_value(const core::value& item, bool wants_text, std::string& out);

void write_list(const core::value_list& items, std::string& out) {
  out += '[';
  for (const auto& item : items) {
    if (out.back() != '[')
      out += ',';
    write_value(item, false, out);
  }
  out += ']';
}

/// `schema` is that of a whole record; a nested mapping has none.
void write_map(const core::value_map& entries, const core::schema* schema, std::string& out) {
  out += '{';
  for (const auto& entry : entries) {
    if (out.back() != '{')
      out += ',';
    const auto at = schema ? schema->index_of(entry.key) : std::nullopt;
    write_text(entry.key, out);
    out += ':';
    write_value(entry.item, at && (*schema)[*at].type.is_variable_size(), out);
  }
  out += '}';
}

void write_value(const core::value& item, bool wants_text, std::string& out) {
  if (const auto* items = item.list())
    write_list(*items, out);
  else if (const auto* entries = item.map())
    write_map(*entries, nullptr, out);
  else if (is_null_value(item))
    out += "null";
  else
    write_scalar(item, wants_text, out);
}

// ---- columns -----------------------------------------------------------------------------------

core::error misfit(const std::string& source, std::size_t row, std::string what) {
  return {core::errc::invalid_argument,
          fmt::format("row {} of '{}': {}", row + 1, source, std::move(what))};
}

core::result<core::column_ptr> typed_column(const std::string& source, const core::value_list& rows,
                                            const core::field& field) {
  auto column = core::make_ref<core::column>(field.type);
  if (!field.type.is_variable_size())
    column->resize_rows(static_cast<std::int64_t>(rows.size()));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto at = static_cast<std::int64_t>(row);
    const auto* item = rows[row].find(field.name);
    const bool null = !item || is_null_value(*item);
    if (null && !field.nullable)
      return misfit(source, row, fmt::format("the column '{}' needs a value", field.name));
    if (null && field.type.is_variable_size())
      column->append_null_string();
    else if (null)
      column->set_null(at);
    else if (!write_cell(*item, *column, at))
      return misfit(source, row,
                    fmt::format("'{}' does not fit: the column is {}", field.name,
                                core::to_string(field.type)));
  }
  return core::column_ptr{std::move(column)};
}

} // namespace

core::raw_batch_ptr json_records(const std::string& source, const core::value_list& rows,
                                 const core::schema& schema) {
  auto records = core::make_ref<test_records>(source);
  for (const auto& row : rows) {
    std::string text;
    write_map(*row.map(), &schema, text);
    records->add(std::move(text));
  }
  return records;
}

core::result<core::raw_batch_ptr> typed_records(const std::string& source,
                                                const core::value_list& rows,
                                                const core::schema_ptr& schema) {
  auto records = core::make_ref<test_records>(source);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    records->add({});
    for (const auto& entry : *rows[row].map())
      if (!schema->index_of(entry.key))
        return misfit(source, row, fmt::format("there is no column '{}'", entry.key));
  }
  for (const auto& field : schema->fields()) {
    auto column = typed_column(source, rows, field);
    if (!column)
      return column.error();
    records->columns.push_back(std::move(*column));
  }
  return core::raw_batch_ptr{std::move(records)};
}

std::unique_ptr<core::decoder> typed_decoder() {
  return std::make_unique<test_decoder>();
}

} // namespace lepton::pipelines
