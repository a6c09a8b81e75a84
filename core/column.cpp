#include "core/column.hpp"

#include <cstring>

namespace lepton::core {

namespace {

std::size_t bitmap_bytes(std::int64_t rows) {
  return static_cast<std::size_t>((rows + 7) / 8);
}

void begin_offsets(column& c) {
  if (c.offsets.empty()) {
    c.offsets.resize(sizeof(std::int32_t));
    c.offsets.as<std::int32_t>()[0] = 0;
  }
}

void append_offset(column& c) {
  LEPTON_ASSERT(c.values.size() <= INT32_MAX);
  const auto end = static_cast<std::int32_t>(c.values.size());
  c.offsets.append(&end, sizeof end);
  ++c.rows;
}

void append_validity(column& c, bool valid) {
  if (c.validity.empty())
    return;
  const auto old = c.validity.size();
  c.validity.resize(bitmap_bytes(c.rows));
  if (c.validity.size() > old)
    c.validity.data()[old] = 0;
  if (valid)
    c.validity.data()[(c.rows - 1) >> 3] |= static_cast<std::uint8_t>(1u << ((c.rows - 1) & 7));
}

template <class T>
void take_values(const column& from, std::span<const std::int32_t> rows, column& to) {
  const T* in = from.values.as<T>();
  T* out = to.values.as<T>();
  for (std::size_t i = 0; i < rows.size(); ++i)
    out[i] = in[rows[i]];
}

void take_lists(const column& from, std::span<const std::int32_t> rows, column& to) {
  const std::size_t size = from.type.value_size();
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(to.values.data() + i * size,
                from.values.data() + static_cast<std::size_t>(rows[i]) * size, size);
}

void take_strings(const column& from, std::span<const std::int32_t> rows, column& to) {
  std::size_t bytes = 0;
  for (const auto row : rows)
    bytes += from.string_at(row).size();
  to.values.reserve(bytes);
  to.offsets.reserve((rows.size() + 1) * sizeof(std::int32_t));
  for (const auto row : rows)
    to.append_string(from.string_at(row));
}

} // namespace

void column::resize_rows(std::int64_t count) {
  const bool is_bool = type.id == type_id::boolean;
  values.resize(is_bool ? bitmap_bytes(count)
                        : type.value_size() * static_cast<std::size_t>(count));
  if (is_bool && count != 0)
    std::memset(values.data(), 0, values.size());
  rows = count;
}

void column::append_string(std::string_view value) {
  begin_offsets(*this);
  values.append(value.data(), value.size());
  append_offset(*this);
  append_validity(*this, true);
}

void column::append_null_string() {
  begin_offsets(*this);
  append_offset(*this);
  append_validity(*this, true);
  set_null(rows - 1);
}

void column::set_null(std::int64_t row) {
  if (validity.empty()) {
    validity.resize(bitmap_bytes(rows));
    std::memset(validity.data(), 0xff, validity.size());
  }
  if (bit(validity, row)) {
    set_bit(validity, row, false);
    ++null_count;
  }
}

column_ptr take(const column& from, std::span<const std::int32_t> rows) {
  auto to = make_ref<column>(from.type);
  const auto count = static_cast<std::int64_t>(rows.size());
  if (from.type.is_variable_size()) {
    begin_offsets(*to);
    take_strings(from, rows, *to);
  } else {
    to->resize_rows(count);
    switch (from.type.value_size()) {
      case 0:
        for (std::int64_t i = 0; i < count; ++i)
          to->set_boolean(i, from.boolean_at(rows[static_cast<std::size_t>(i)]));
        break;
      case 4: take_values<std::uint32_t>(from, rows, *to); break;
      case 8: take_values<std::uint64_t>(from, rows, *to); break;
      default: take_lists(from, rows, *to); break;
    }
  }
  if (from.null_count != 0)
    for (std::int64_t i = 0; i < count; ++i)
      if (!from.valid(rows[static_cast<std::size_t>(i)]))
        to->set_null(i);
  return to;
}

column_ptr constant_string(data_type type, std::string_view value, std::int64_t rows) {
  LEPTON_ASSERT(type.is_variable_size());
  auto to = make_ref<column>(type);
  begin_offsets(*to);
  to->values.reserve(value.size() * static_cast<std::size_t>(rows));
  for (std::int64_t i = 0; i < rows; ++i)
    to->append_string(value);
  return to;
}

} // namespace lepton::core
