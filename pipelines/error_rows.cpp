#include "pipelines/error_rows.hpp"

#include "core/sealing.hpp"

namespace lepton::pipelines {

namespace {

using core::column;
using core::make_ref;

/// Fills the columns of error_schema() row by row.
class error_columns {
public:
  explicit error_columns(std::size_t rows) {
    for (const auto& field : core::error_schema()->fields()) {
      columns_.push_back(make_ref<column>(field.type));
      if (!field.type.is_variable_size())
        columns_.back()->resize_rows(static_cast<std::int64_t>(rows));
    }
  }

  void add(const core::raw_batch* raw, const core::raw_record* record, std::string_view component,
           const std::string& reason) {
    add_payload(raw, record);
    columns_[1]->append_string(reason);
    columns_[2]->append_string(component);
    columns_[3]->append_string(raw && raw->topic ? std::string_view{*raw->topic} : "");
    columns_[4]->as_mutable<std::int32_t>()[row_] = raw ? raw->partition : 0;
    columns_[5]->as_mutable<std::int64_t>()[row_] = record ? record->offset : 0;
    columns_[6]->as_mutable<std::int32_t>()[row_] = raw ? raw->attempt : 1;
    columns_[7]->as_mutable<std::int64_t>()[row_] = record ? record->timestamp_ms : 0;
    if (!record || record->timestamp_ms < 0)
      columns_[7]->set_null(static_cast<std::int64_t>(row_));
    ++row_;
  }

  /// What was opened is sealed again before it leaves; what cannot be sealed stays away.
  void add_payload(const core::raw_batch* raw, const core::raw_record* record) {
    if (!record)
      return columns_[0]->append_null_string();
    if (!raw->guard)
      return columns_[0]->append_string(record->payload);
    const auto sealed = raw->guard->protect(*raw->topic, record->payload);
    sealed.empty() ? columns_[0]->append_null_string() : columns_[0]->append_string(sealed);
  }

  core::ref_ptr<core::batch> finish() {
    std::vector<core::column_ptr> columns(columns_.begin(), columns_.end());
    return make_ref<core::batch>(core::error_schema(), std::move(columns),
                                 static_cast<std::int64_t>(row_));
  }

private:
  std::vector<core::ref_ptr<column>> columns_;
  std::size_t row_ = 0;
};

} // namespace

core::batch_ptr error_rows(const core::raw_batch& raw, std::string_view component,
                           std::span<const core::row_error> errors) {
  error_columns columns{errors.size()};
  const auto records = raw.records();
  for (const auto& error : errors)
    columns.add(&raw, &records[static_cast<std::size_t>(error.row)], component, error.reason);
  auto out = columns.finish();
  out->raw = core::ref_ptr<const core::raw_batch>{&raw};
  for (const auto& error : errors)
    out->raw_rows.push_back(error.row);
  return out;
}

core::batch_ptr error_rows(const core::batch& in, std::string_view component,
                           std::span<const core::row_error> errors) {
  error_columns columns{errors.size()};
  const auto records = in.raw ? in.raw->records() : std::span<const core::raw_record>{};
  for (const auto& error : errors) {
    const auto record = static_cast<std::size_t>(in.raw_row(error.row));
    columns.add(in.raw.get(), in.raw ? &records[record] : nullptr, component, error.reason);
  }
  auto out = columns.finish();
  out->raw = in.raw;
  out->model_version = in.model_version;
  for (const auto& error : errors)
    out->raw_rows.push_back(in.raw_row(error.row));
  return out;
}

} // namespace lepton::pipelines
