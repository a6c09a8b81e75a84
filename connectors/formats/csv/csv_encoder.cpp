#include "connectors/formats/csv/csv_encoder.hpp"

#include "connectors/formats/text/base64.hpp"
#include "connectors/formats/text/number_text.hpp"

#include <cmath>
#include <cstring>

namespace lepton::connectors {

using core::type_id;

namespace {

std::size_t text_room(std::size_t size) {
  return 2 * size + 2;
} // also for base64 of 3 and more

char* copy(std::string_view text, char* to) {
  if (!text.empty())
    std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* write_real(double value, bool narrow, char* to) {
  if (std::isnan(value))
    return copy("nan", to);
  if (std::isinf(value))
    return copy(value < 0 ? "-inf" : "inf", to);
  return narrow ? write_float(static_cast<float>(value), to) : write_double(value, to);
}

} // namespace

csv_encoder::csv_encoder(const core::schema& input, std::vector<std::size_t> columns,
                         csv_options options)
    : columns_{std::move(columns)}, options_{std::move(options)} {
  if (!options_.header)
    return;
  std::string line;
  for (const auto column : columns_) {
    const auto& name = input[column].name;
    std::string text(text_room(name.size()), '\0');
    text.resize(static_cast<std::size_t>(write_text(name, text.data()) - text.data()));
    line += (line.empty() ? "" : std::string(1, options_.delimiter)) + text;
  }
  header_ = std::make_shared<const std::string>(std::move(line));
}

void csv_encoder::encode(const core::batch_ptr& in, core::encoded_batch& out,
                         std::vector<core::row_error>& errors) {
  out.origin = in;
  out.preamble = header_;
  bytes_.begin(out, in->rows);
  for (std::int64_t row = 0; row < in->rows; ++row) {
    const auto most = room_for(*in, row);
    if (most > bytes_.left()) {
      refuse_row(errors, row, "the batch has more than 4 GiB of CSV");
      continue;
    }
    char* to = bytes_.room(most);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i != 0)
        *to++ = options_.delimiter;
      const auto& column = (*in)[columns_[i]];
      to = column.valid(row) ? protect(to, write_value(column, row, to))
                             : copy(options_.null_text, to);
    }
    bytes_.commit(out, to, row);
  }
  bytes_.finish(in->rows);
}

std::size_t csv_encoder::room_for(const core::batch& in, std::int64_t row) const {
  std::size_t most = 0;
  for (const auto i : columns_)
    most += 3 + float_text_size + options_.null_text.size() +
            (in[i].type.is_variable_size() ? text_room(in[i].string_at(row).size()) : 0);
  return most;
}

char* csv_encoder::write_value(const core::column& column, std::int64_t row, char* to) const {
  const auto i = static_cast<std::size_t>(row);
  switch (column.type.id) {
    case type_id::boolean: return copy(column.boolean_at(row) ? "true" : "false", to);
    case type_id::int32: return write_integer(column.as<std::int32_t>()[i], to);
    case type_id::int64:
    case type_id::timestamp_ms: return write_integer(column.as<std::int64_t>()[i], to);
    case type_id::float32: return write_real(static_cast<double>(column.as<float>()[i]), true, to);
    case type_id::float64: return write_real(column.as<double>()[i], false, to);
    case type_id::string: return write_text(column.string_at(row), to);
    case type_id::binary: return encode_base64(column.string_at(row), to);
    case type_id::float32_list: break; // refused when the pipeline is checked
  }
  return to;
}

/// Puts quotes around a value that would read back as null.
char* csv_encoder::protect(char* begin, char* end) const {
  const std::string_view text{begin, static_cast<std::size_t>(end - begin)};
  if (text != options_.null_text)
    return end;
  std::memmove(begin + 1, begin, text.size());
  begin[0] = begin[text.size() + 1] = '"';
  return end + 2;
}

bool csv_encoder::needs_quotes(std::string_view text) const noexcept {
  if (text.empty() && !options_.null_text.empty())
    return true;
  for (const char c : text)
    if (c == options_.delimiter || c == '"' || c == '\n' || c == '\r')
      return true;
  return false;
}

char* csv_encoder::write_text(std::string_view text, char* to) const {
  if (!needs_quotes(text))
    return copy(text, to);
  *to++ = '"';
  for (const char c : text) {
    if (c == '"')
      *to++ = '"';
    *to++ = c;
  }
  *to++ = '"';
  return to;
}

} // namespace lepton::connectors
