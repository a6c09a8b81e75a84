#include "pipelines/state/row_bytes.hpp"

#include "pipelines/state/state_bytes.hpp"

namespace lepton::pipelines {

std::vector<core::field> nullable_fields(std::vector<core::field> fields) {
  for (auto& field : fields)
    field.nullable = true;
  return fields;
}

std::uint64_t hash_of_types(const std::vector<core::field>& fields) {
  std::string text;
  state_writer to{text};
  for (const auto& field : fields) {
    to.put(field.type.id);
    to.put(field.type.list_size);
  }
  return stable_hash(text);
}

std::string row_of_nulls(const key_layout& layout) {
  std::vector<core::ref_ptr<core::column>> made;
  std::vector<const core::column*> columns;
  for (const auto& field : layout.fields()) {
    made.push_back(core::make_ref<core::column>(field.type));
    if (field.type.is_variable_size()) {
      made.back()->append_null_string();
    } else {
      made.back()->resize_rows(1);
      made.back()->set_null(0);
    }
    columns.push_back(made.back().get());
  }
  batch_keys rows;
  layout.encode(columns, 1, rows);
  return std::string{rows.key(0)};
}

} // namespace lepton::pipelines
