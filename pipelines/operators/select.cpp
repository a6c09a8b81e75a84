#include "pipelines/operators/select.hpp"

#include "pipelines/operators/operator_support.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

class select_transform final : public core::transform {
public:
  select_transform(std::vector<std::size_t> from, core::schema_ptr schema)
      : from_{std::move(from)}, schema_{std::move(schema)} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    std::vector<core::column_ptr> columns;
    columns.reserve(from_.size());
    for (const auto column : from_)
      columns.push_back(in->columns[column]);
    out.emit(0, core::with_columns(*in, schema_, std::move(columns)));
  }

private:
  std::vector<std::size_t> from_; ///< column of the input, by column of the output
  core::schema_ptr schema_;
};

core::component_spec spec() {
  const core::field_spec column{
      .name = "column", .type = core::field_type::column, .doc = "A column."};
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "select";
  spec.summary = "Keeps, leaves out, orders and renames columns.";
  spec.doc = "`columns` keeps the columns that it names, in its order; `except` keeps all others. "
             "`rename` gives kept columns other names. At least one of the three is needed; "
             "`columns` and `except` use the names of the input and exclude each other.";
  spec.fields = {
      {.name = "columns",
       .type = core::field_type::list,
       .doc = "Columns to keep, in the order of the output; all if it is left out.",
       .fields = {column}},
      {.name = "except",
       .type = core::field_type::list,
       .doc = "Columns to leave out.",
       .fields = {column}},
      {.name = "rename",
       .type = core::field_type::map,
       .doc = "New names: name in the input -> name in the output.",
       .fields = {{.name = "name", .type = core::field_type::text, .doc = "The new name."}}},
  };
  spec.example =
      "type: select\ninputs: [tx]\ncolumns: [tx_id, amount]\nrename: {amount: amount_eur}\n";
  return spec;
}

/// Finds the columns that stay and what they are called, and reports what does not fit.
class selection {
public:
  selection(const core::config& config, const core::schema& input, core::diagnostics& findings)
      : config_{config}, input_{input}, findings_{findings} {}

  bool read() {
    if (config_.has("columns") && config_.has("except")) {
      findings_.error(config_.span("except"), "'columns' and 'except' exclude each other",
                      "keep only one of them");
      return false;
    }
    if (!config_.has("columns") && !config_.has("except") && !config_.has("rename")) {
      findings_.error({}, "a select needs 'columns', 'except' or 'rename'",
                      "for example columns: [tx_id, amount]");
      return false;
    }
    const bool good = config_.has("columns") ? keep() : leave_out();
    return rename() && good && check();
  }

  core::bound_transform finish() && {
    core::bound_transform out;
    const auto schema = std::make_shared<const core::schema>(std::move(fields_));
    out.outputs = {{"", schema}};
    out.reads = std::move(renamed_);
    out.make = [schema, from = std::move(from_)](
                   const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
      return std::unique_ptr<core::transform>{std::make_unique<select_transform>(from, schema)};
    };
    return out;
  }

private:
  /// The columns that a list names; a name that stands there twice is an error.
  std::optional<std::vector<std::size_t>> named(const char* list) {
    std::vector<std::size_t> found;
    bool good = true;
    for (const auto& item : *config_[list].list()) {
      const auto at = find_column(*item.text(), item.span, input_, findings_);
      const bool again = at && std::find(found.begin(), found.end(), *at) != found.end();
      if (again)
        findings_.error(item.span, fmt::format("the column '{}' stands here twice", *item.text()),
                        "remove one of them");
      good = good && at && !again;
      found.push_back(at.value_or(0));
    }
    return good ? std::optional{std::move(found)} : std::nullopt;
  }

  bool keep() {
    const auto columns = named("columns");
    for (const auto column : columns.value_or(std::vector<std::size_t>{}))
      add(column);
    return columns.has_value();
  }

  bool leave_out() {
    std::optional<std::vector<std::size_t>> left{std::in_place};
    if (config_.has("except"))
      left = named("except");
    if (!left)
      return false;
    for (std::size_t i = 0; i < input_.size(); ++i)
      if (std::find(left->begin(), left->end(), i) == left->end())
        add(i);
    return true;
  }

  void add(std::size_t column) {
    from_.push_back(column);
    fields_.push_back(input_[column]);
  }

  bool rename() {
    bool good = true;
    if (config_.has("rename"))
      for (const auto& entry : *config_["rename"].map())
        good = rename_one(entry) && good;
    return good;
  }

  bool rename_one(const core::value_entry& entry) {
    const auto column = find_column(entry.key, entry.key_span, input_, findings_);
    if (!column)
      return false;
    const auto kept = std::find(from_.begin(), from_.end(), *column);
    if (kept == from_.end()) {
      findings_.error(entry.key_span, fmt::format("the column '{}' is left out", entry.key),
                      "remove it from 'rename', or keep it");
      return false;
    }
    const auto& name = *entry.item.text();
    if (name.empty()) {
      findings_.error(entry.item.span, "a column needs a name");
      return false;
    }
    fields_[static_cast<std::size_t>(kept - from_.begin())].name = name;
    renamed_.push_back(entry.key);
    return true;
  }

  bool check() {
    if (fields_.empty())
      findings_.error(config_.span("except"), "no column is left", "keep at least one");
    for (std::size_t i = 0; i < fields_.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (fields_[i].name == fields_[k].name) {
          findings_.error(config_.span("rename"),
                          fmt::format("two columns would be called '{}'", fields_[i].name),
                          "give one of them another name, or leave one out");
          return false;
        }
    return !fields_.empty();
  }

  const core::config& config_;
  const core::schema& input_;
  core::diagnostics& findings_;
  std::vector<std::size_t> from_;
  std::vector<core::field> fields_;
  std::vector<std::string> renamed_; ///< their names in the input
};

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  selection chosen{config, *input, *context.findings};
  if (!chosen.read())
    return std::nullopt;
  return std::move(chosen).finish();
}

} // namespace

core::transform_entry select_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
