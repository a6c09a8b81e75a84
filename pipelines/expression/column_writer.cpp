#include "pipelines/expression/column_writer.hpp"

#include <fmt/format.h>

#include <string_view>

namespace lepton::pipelines::expr {

namespace {

/// Bytes of one string column; Arrow's offsets end at 2^31.
constexpr std::size_t max_column_bytes = std::size_t{1} << 30;

core::row_error row_failure(std::int64_t row, failure why, const std::string& label) {
  return {static_cast<std::int32_t>(row), fmt::format("{} in `{}`", reason(why), label)};
}

template <class T>
void copy_values(const lane& from, std::size_t count, T* to) {
  const T* values = from.as<T>();
  if (values == to)
    return;
  if (from.constant)
    std::fill_n(to, count, *values);
  else
    std::copy_n(values, count, to);
}

void pack(const lane& from, std::size_t count, std::uint8_t* bits) {
  const lane_reader<std::uint8_t> values{from};
  for (std::size_t i = 0; i < count; i += 8) {
    unsigned byte = 0;
    const std::size_t n = std::min<std::size_t>(8, count - i);
    for (std::size_t k = 0; k < n; ++k)
      byte |= static_cast<unsigned>(values[i + k]) << k;
    bits[i / 8] = static_cast<std::uint8_t>(byte);
  }
}

} // namespace

column_writer::column_writer(core::data_type type, std::int64_t rows, const std::string& label)
    : column_{core::make_ref<core::column>(type)}, label_{label} {
  if (type.is_variable_size()) {
    column_->offsets.resize((static_cast<std::size_t>(rows) + 1) * sizeof(std::int32_t));
    column_->offsets.as<std::int32_t>()[0] = 0;
    column_->rows = rows;
  } else {
    column_->resize_rows(rows);
  }
}

void* column_writer::place(std::int64_t first) noexcept {
  const auto size = column_->type.value_size();
  return size == 8 ? column_->values.data() + static_cast<std::size_t>(first) * size : nullptr;
}

void column_writer::append(const lane& from, std::int64_t first, std::size_t count,
                           std::vector<core::row_error>& errors) {
  if (column_->type.is_variable_size())
    append_texts(from, count, errors, first);
  else
    append_values(from, first, count);
  if (!from.states)
    return;
  const state_reader states{from};
  for (std::size_t i = 0; i < count; ++i)
    if (states[i] == state_null)
      column_->set_null(first + static_cast<std::int64_t>(i));
  if (!column_->type.is_variable_size())
    append_failures(from, first, count, label_, errors);
}

void column_writer::append_values(const lane& from, std::int64_t first, std::size_t count) {
  if (column_->type.id == core::type_id::boolean)
    pack(from, count, column_->values.data() + first / 8);
  else if (column_->type.id == core::type_id::float64)
    copy_values(from, count, column_->values.as<double>() + first);
  else
    copy_values(from, count, column_->values.as<std::int64_t>() + first);
}

void column_writer::append_texts(const lane& from, std::size_t count,
                                 std::vector<core::row_error>& errors, std::int64_t first) {
  const lane_reader<std::string_view> texts{from};
  const state_reader states{from};
  auto* offsets = column_->offsets.as<std::int32_t>() + first + 1;
  auto& bytes = column_->values;
  for (std::size_t i = 0; i < count; ++i) {
    auto state = states[i];
    if (state == state_value && bytes.size() + texts[i].size() > max_column_bytes)
      state = static_cast<row_state>(failure::too_long);
    if (state == state_value)
      bytes.append(texts[i].data(), texts[i].size());
    else if (state >= first_failure)
      errors.push_back(
          row_failure(first + static_cast<std::int64_t>(i), static_cast<failure>(state), label_));
    offsets[i] = static_cast<std::int32_t>(bytes.size());
  }
}

void append_failures(const lane& from, std::int64_t first, std::size_t count,
                     const std::string& label, std::vector<core::row_error>& errors) {
  if (!from.states)
    return;
  const state_reader states{from};
  for (std::size_t i = 0; i < count; ++i)
    if (states[i] >= first_failure)
      errors.push_back(row_failure(first + static_cast<std::int64_t>(i),
                                   static_cast<failure>(states[i]), label));
}

} // namespace lepton::pipelines::expr
