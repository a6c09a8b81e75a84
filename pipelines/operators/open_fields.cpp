#include "pipelines/operators/open_fields.hpp"

#include "pipelines/operators/field_sealing.hpp"
#include "pipelines/operators/field_value.hpp"
#include "pipelines/operators/operator_support.hpp"
#include "pipelines/record_keys.hpp"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

struct opened_column {
  std::size_t column;
  core::data_type type;
};

/// What a replica needs to know.
struct open_plan {
  field_sealing sealing;
  std::vector<opened_column> opened;
  core::schema_ptr schema; ///< of the output
};

class open_fields_transform final : public core::transform {
public:
  open_fields_transform(std::shared_ptr<const open_plan> plan, core::vault& vault)
      : plan_{std::move(plan)}, vault_{vault} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    errors_.clear();
    auto columns = in->columns;
    for (const auto& each : plan_->opened)
      columns[each.column] = opened(*in, each);
    emit_sound(in, core::with_columns(*in, plan_->schema, std::move(columns)), errors_, out);
  }

private:
  core::column_ptr opened(const core::batch& in, const opened_column& each) {
    const auto& name = (*in.schema)[each.column].name;
    const auto context = field_context(name);
    auto out = core::make_ref<core::column>(each.type);
    const bool appends = each.type.is_variable_size();
    if (!appends)
      out->resize_rows(in.rows);
    for (std::int64_t row = 0; row < in.rows; ++row) {
      if (in[each.column].valid(row) && open(in, each.column, row, context, name, *out))
        continue;
      appends ? out->append_null_string() : out->set_null(row);
    }
    return out;
  }

  /// False if there is no value; the error is noted.
  bool open(const core::batch& in, std::size_t column, std::int64_t row, const std::string& context,
            const std::string& name, core::column& into) {
    subject_.clear();
    if (plan_->sealing.subject && !append_text(in[*plan_->sealing.subject], row, subject_))
      return fail(row, "the row names no subject");
    const auto opener = openers_.get(subject_, [&] { return make_opener(); });
    if (!opener)
      return fail(row, opener.error().message());
    const auto text = in[column].string_at(row);
    envelope_.clear();
    plain_.clear();
    if (!absl::Base64Unescape({text.data(), text.size()}, &envelope_))
      envelope_.clear();
    const auto done = (*opener)->open(envelope_, {context, subject_, -1}, {}, plain_);
    if (!done)
      return fail(row, fmt::format("column '{}': {}", name, done.error().message()));
    if (!put_value(plain_, into, row))
      return fail(row, fmt::format("column '{}' holds a value of another type", name));
    return true;
  }

  bool fail(std::int64_t row, std::string why) {
    errors_.push_back({static_cast<std::int32_t>(row), std::move(why)});
    return false;
  }

  core::result<std::unique_ptr<core::opener>> make_opener() {
    core::open_options options;
    options.key = plan_->sealing.key;
    options.tenant = plan_->sealing.tenant;
    options.pipeline = plan_->sealing.pipeline;
    options.subject = subject_;
    options.detect_replay = false; // one value may stand in many rows
    return vault_.make_opener(options);
  }

  std::shared_ptr<const open_plan> plan_;
  core::vault& vault_;
  subject_parts<core::opener> openers_;
  std::vector<core::row_error> errors_;
  std::string subject_;
  std::string plain_;
  std::string envelope_;
};

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "open_fields";
  spec.summary = "Opens columns that `seal_fields` sealed.";
  spec.doc = "Each column of `fields` gets back the type that is named for it. A value that does "
             "not open fails its row: a missing or destroyed key, a change, another column or "
             "another subject. With access control, whoever runs the pipeline needs the permission "
             "`field:<column>:open` for each column.";
  spec.fields = {
      {.name = "fields",
       .type = core::field_type::map,
       .doc = "Columns to open, each with the type that it had before it was sealed.",
       .required = true,
       .fields = {{.name = "type", .doc = "A type of a column, e.g. string or float64."}}},
  };
  for (auto& field : field_sealing_fields())
    spec.fields.push_back(std::move(field));
  spec.example =
      "type: open_fields\ninputs: [tx]\nkey: pan\nfields: {card_number: string, limit: float64}\n";
  return spec;
}

/// One entry of `fields`; empty after reporting.
std::optional<opened_column> read_column(const core::value_entry& entry, const core::schema& input,
                                         core::diagnostics& findings) {
  const auto column = find_column(entry.key, entry.key_span, input, findings);
  const auto type = core::parse_data_type(*entry.item.text());
  if (!type)
    findings.error(entry.item.span, fmt::format("there is no type '{}'", *entry.item.text()),
                   "the types are bool, int32, int64, float32, float64, string, binary, "
                   "timestamp_ms and float32[N]");
  if (!column || !type)
    return std::nullopt;
  if (input[*column].type.id == core::type_id::string)
    return opened_column{*column, *type};
  findings.error(
      entry.key_span,
      fmt::format("the column '{}' is of type {}", entry.key, core::to_string(input[*column].type)),
      "a sealed value is a string");
  return std::nullopt;
}

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  auto sealing = read_field_sealing(config, *input, context);
  auto plan = std::make_shared<open_plan>();
  bool good = sealing.has_value();
  for (const auto& entry : *config["fields"].map()) {
    const auto column = read_column(entry, *input, *context.findings);
    good = good && column;
    if (column)
      plan->opened.push_back(*column);
  }
  if (good && plan->opened.empty())
    context.findings->error(config.span("fields"), "nothing is opened",
                            "name a column and its type");
  if (!good || plan->opened.empty())
    return std::nullopt;
  plan->sealing = std::move(*sealing);
  auto fields = input->fields();
  for (const auto& each : plan->opened)
    fields[each.column] = {fields[each.column].name, each.type, fields[each.column].nullable};
  plan->schema = std::make_shared<const core::schema>(std::move(fields));
  std::vector<std::size_t> columns;
  for (const auto& each : plan->opened)
    columns.push_back(each.column);
  return bind_to_vault<open_fields_transform>(
      std::shared_ptr<const open_plan>{plan}, *input, columns,
      fmt::format("opens {} columns with key {}", plan->opened.size(), plan->sealing.key));
}

} // namespace

core::transform_entry open_fields_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
