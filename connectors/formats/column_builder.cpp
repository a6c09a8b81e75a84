#include "connectors/formats/column_builder.hpp"

#include <algorithm>
#include <cstring>

namespace lepton::connectors {

using core::type_id;

namespace {

std::size_t bitmap_bytes(std::int64_t rows) {
  return static_cast<std::size_t>((rows + 7) / 8);
}

} // namespace

void column_builder::begin(std::int64_t rows) {
  column_ = core::make_ref<core::column>(type_);
  if (type_.is_variable_size()) {
    column_->offsets.resize(static_cast<std::size_t>(rows + 1) * sizeof(std::int32_t));
    offsets_ = column_->offsets.as<std::int32_t>();
    offsets_[0] = 0;
    used_ = capacity_ = 0;
    grow(static_cast<std::size_t>(bytes_per_row_ * 1.1 * static_cast<double>(rows)) + 64);
  } else {
    column_->resize_rows(rows);
    values_ = column_->values.as<char>();
  }
  column_->rows = rows;
}

void column_builder::grow(std::size_t at_least) {
  column_->values.resize(std::max(at_least, capacity_ + capacity_ / 2));
  capacity_ = column_->values.size();
  values_ = column_->values.as<char>();
}

core::column_ptr column_builder::finish(std::int64_t rows) {
  auto& c = *column_;
  if (type_.is_variable_size()) {
    c.values.resize(used_);
    c.offsets.resize(static_cast<std::size_t>(rows + 1) * sizeof(std::int32_t));
    if (rows != 0)
      bytes_per_row_ = static_cast<double>(used_) / static_cast<double>(rows);
  } else {
    const bool bits = type_.id == type_id::boolean;
    c.values.resize(bits ? bitmap_bytes(rows)
                         : type_.value_size() * static_cast<std::size_t>(rows));
  }
  if (!c.validity.empty())
    c.validity.resize(bitmap_bytes(rows));
  c.rows = rows;
  return std::exchange(column_, nullptr);
}

void column_builder::set_text(std::int64_t row, std::string_view text) {
  char* to = room(text.size());
  if (!text.empty())
    std::memcpy(to, text.data(), text.size());
  set_text_end(row, to + text.size());
}

void column_builder::set_null(std::int64_t row) {
  if (type_.is_variable_size())
    offsets_[row + 1] = static_cast<std::int32_t>(used_);
  else if (type_.id == type_id::boolean)
    column_->set_boolean(row, false);
  else
    std::memset(values_ + static_cast<std::size_t>(row) * type_.value_size(), 0,
                type_.value_size());
  column_->set_null(row);
}

void column_builder::undo(std::int64_t row) noexcept {
  if (type_.is_variable_size())
    used_ = static_cast<std::size_t>(offsets_[row]);
  if (column_->null_count == 0 || column_->valid(row))
    return;
  column_->validity.data()[row >> 3] |= static_cast<std::uint8_t>(1u << (row & 7));
  --column_->null_count;
}

void column_builder::set_value(std::int64_t row, const core::value& value) {
  const auto whole = [&] { return std::get<std::int64_t>(value.data); };
  const auto real = [&] { return std::get<double>(value.data); };
  switch (type_.id) {
    case type_id::boolean: set_boolean(row, std::get<bool>(value.data)); break;
    case type_id::int32: set(row, static_cast<std::int32_t>(whole())); break;
    case type_id::int64:
    case type_id::timestamp_ms: set(row, whole()); break;
    case type_id::float32: set(row, static_cast<float>(real())); break;
    case type_id::float64: set(row, real()); break;
    case type_id::string:
    case type_id::binary: set_text(row, *value.text()); break;
    case type_id::float32_list:
      std::transform(value.list()->begin(), value.list()->end(), list(row), [](const auto& item) {
        return static_cast<float>(std::get<double>(item.data));
      });
      break;
  }
}

} // namespace lepton::connectors
