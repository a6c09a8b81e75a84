#include "pipelines/expression/value_type.hpp"

#include <string_view>

namespace lepton::pipelines::expr {

const char* name(value_type type) noexcept {
  switch (type) {
    case value_type::invalid: return "invalid";
    case value_type::null: return "null";
    case value_type::boolean: return "bool";
    case value_type::integer: return "int";
    case value_type::real: return "double";
    case value_type::string: return "string";
    case value_type::bytes: return "bytes";
    case value_type::timestamp: return "timestamp";
    case value_type::list: return "list";
    case value_type::literal_list: return "list";
  }
  return "unknown";
}

value_type value_type_of(core::data_type type) noexcept {
  switch (type.id) {
    case core::type_id::boolean: return value_type::boolean;
    case core::type_id::int32:
    case core::type_id::int64: return value_type::integer;
    case core::type_id::float32:
    case core::type_id::float64: return value_type::real;
    case core::type_id::string: return value_type::string;
    case core::type_id::binary: return value_type::bytes;
    case core::type_id::timestamp_ms: return value_type::timestamp;
    case core::type_id::float32_list: return value_type::list;
  }
  return value_type::invalid;
}

core::data_type column_type_of(value_type type) noexcept {
  switch (type) {
    case value_type::boolean: return {core::type_id::boolean, 0};
    case value_type::real: return {core::type_id::float64, 0};
    case value_type::string: return {core::type_id::string, 0};
    case value_type::bytes: return {core::type_id::binary, 0};
    case value_type::timestamp: return {core::type_id::timestamp_ms, 0};
    default: return {core::type_id::int64, 0};
  }
}

std::size_t element_size(value_type type) noexcept {
  switch (type) {
    case value_type::boolean: return 1;
    case value_type::string:
    case value_type::bytes: return sizeof(std::string_view);
    default: return 8;
  }
}

} // namespace lepton::pipelines::expr
