#include "pipelines/operators/field_value.hpp"

#include <cstring>

namespace lepton::pipelines {

namespace {

std::size_t width(core::data_type type) {
  return type.id == core::type_id::boolean ? 1 : type.value_size();
}

} // namespace

void append_value(const core::column& column, std::int64_t row, std::string& out) {
  out += static_cast<char>(column.type.id);
  if (column.type.is_variable_size()) {
    out += column.string_at(row);
    return;
  }
  if (column.type.id == core::type_id::boolean) {
    out += column.boolean_at(row) ? '\1' : '\0';
    return;
  }
  const auto bytes = width(column.type);
  out.append(column.values.as<char>() + static_cast<std::size_t>(row) * bytes, bytes);
}

bool put_value(std::string_view bytes, core::column& column, std::int64_t row) {
  if (bytes.empty() || bytes.front() != static_cast<char>(column.type.id))
    return false;
  bytes.remove_prefix(1);
  if (column.type.is_variable_size()) {
    column.append_string(bytes);
    return true;
  }
  const auto size = width(column.type);
  if (bytes.size() != size)
    return false;
  if (column.type.id == core::type_id::boolean)
    column.set_boolean(row, bytes.front() != '\0');
  else
    std::memcpy(column.values.as<char>() + static_cast<std::size_t>(row) * size, bytes.data(),
                size);
  return true;
}

} // namespace lepton::pipelines
