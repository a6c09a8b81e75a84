#include "pipelines/operators/seal_fields.hpp"

#include "pipelines/operators/field_sealing.hpp"
#include "pipelines/operators/field_value.hpp"
#include "pipelines/operators/operator_support.hpp"
#include "pipelines/record_keys.hpp"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

constexpr core::data_type text_type{core::type_id::string, 0};

/// What a replica needs to know.
struct seal_plan {
  field_sealing sealing;
  std::vector<std::size_t> sealed; ///< columns
  std::vector<std::size_t> hashed;
  core::schema_ptr schema; ///< of the output
};

class seal_fields_transform final : public core::transform {
public:
  seal_fields_transform(std::shared_ptr<const seal_plan> plan, core::vault& vault)
      : plan_{std::move(plan)}, vault_{vault} {}

  void process(const core::batch_ptr& in, core::emitter& out) override {
    errors_.clear();
    if (plan_->sealing.subject)
      prepare_subjects(*in);
    auto columns = in->columns;
    for (const auto column : plan_->sealed)
      columns[column] = sealed(*in, column);
    for (const auto column : plan_->hashed)
      columns[column] = hashed(*in, column);
    emit_sound(in, core::with_columns(*in, plan_->schema, std::move(columns)), errors_, out);
  }

private:
  /// Makes the keys of all new subjects at once. If that fails, so does making their sealers.
  void prepare_subjects(const core::batch& in) {
    absl::flat_hash_set<std::string> met;
    for (std::int64_t row = 0; row < in.rows; ++row) {
      subject_.clear();
      if (append_text(in[*plan_->sealing.subject], row, subject_) && !sealers_.has(subject_))
        met.insert(subject_);
    }
    const std::vector<std::string_view> subjects{met.begin(), met.end()};
    if (!subjects.empty())
      (void)vault_.prepare_subjects(plan_->sealing.key, plan_->sealing.tenant, subjects);
  }

  core::column_ptr sealed(const core::batch& in, std::size_t column) {
    const auto context = field_context((*in.schema)[column].name);
    return text_column(in, column, [&](std::int64_t row, std::string& out) {
      return seal(in, column, row, context, out);
    });
  }

  core::column_ptr hashed(const core::batch& in, std::size_t column) {
    return text_column(in, column, [&](std::int64_t row, std::string& out) -> core::result<void> {
      plain_.clear();
      append_text(in[column], row, plain_);
      auto made = vault_.hash(plan_->sealing.key, plan_->sealing.tenant, "join", plain_);
      if (!made)
        return made.error();
      out = std::move(*made);
      return {};
    });
  }

  /// A column of what `make` gives for each row that is not null.
  template <class Make>
  core::column_ptr text_column(const core::batch& in, std::size_t column, Make&& make) {
    auto out = core::make_ref<core::column>(text_type);
    std::string text;
    for (std::int64_t row = 0; row < in.rows; ++row) {
      if (!in[column].valid(row)) {
        out->append_null_string();
        continue;
      }
      text.clear();
      if (const auto made = make(row, text); !made) {
        errors_.push_back({static_cast<std::int32_t>(row), made.error().message()});
        text.clear();
      }
      out->append_string(text);
    }
    return out;
  }

  core::result<void> seal(const core::batch& in, std::size_t column, std::int64_t row,
                          const std::string& context, std::string& out) {
    subject_.clear();
    if (plan_->sealing.subject && !append_text(in[*plan_->sealing.subject], row, subject_))
      return core::error{core::errc::invalid_argument, "the row names no subject"};
    const auto sealer = sealers_.get(subject_, [&] { return make_sealer(); });
    if (!sealer)
      return sealer.error();
    plain_.clear();
    envelope_.clear();
    append_value(in[column], row, plain_);
    LEPTON_TRY((*sealer)->seal(plain_, {context, subject_, -1}, 0, envelope_));
    absl::Base64Escape({envelope_.data(), envelope_.size()}, &out);
    return {};
  }

  core::result<std::unique_ptr<core::sealer>> make_sealer() {
    core::seal_options options;
    options.key = plan_->sealing.key;
    options.tenant = plan_->sealing.tenant;
    options.pipeline = plan_->sealing.pipeline;
    options.subject = subject_;
    return vault_.make_sealer(options);
  }

  std::shared_ptr<const seal_plan> plan_;
  core::vault& vault_;
  subject_parts<core::sealer> sealers_;
  std::vector<core::row_error> errors_;
  std::string subject_;
  std::string plain_;
  std::string envelope_;
};

core::component_spec spec() {
  const core::field_spec column{
      .name = "column", .type = core::field_type::column, .doc = "A column."};
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "seal_fields";
  spec.summary = "Seals some columns and leaves the others in clear.";
  spec.doc =
      "A column of `fields` becomes a string column with an envelope in base64 for each value; "
      "`open_fields` gives the value back. A column of `hash` becomes a string column with 32 "
      "hexadecimal digits: equal values have equal hashes under one key, also in other columns "
      "and streams, so that rows can still be joined and counted by them, but not read. A null "
      "stays a null. Everything else stays in clear.";
  spec.fields = {
      {.name = "fields",
       .type = core::field_type::list,
       .doc = "Columns to seal.",
       .fields = {column}},
      {.name = "hash",
       .type = core::field_type::list,
       .doc = "Columns to replace by their keyed hash.",
       .fields = {column}},
  };
  for (auto& field : field_sealing_fields())
    spec.fields.push_back(std::move(field));
  spec.example = "type: seal_fields\ninputs: [tx]\nkey: pan\nfields: [card_number]\n"
                 "hash: [customer]\n";
  return spec;
}

/// The columns that a list names; each once. False after reporting.
bool read_columns(const core::config& config, const char* list, const core::schema& input,
                  core::diagnostics& findings, std::vector<std::size_t>& taken,
                  std::vector<std::size_t>& out) {
  if (!config.has(list))
    return true;
  bool good = true;
  for (const auto& item : *config[list].list()) {
    const auto at = find_column(*item.text(), item.span, input, findings);
    const bool again = at && std::find(taken.begin(), taken.end(), *at) != taken.end();
    if (again)
      findings.error(item.span, fmt::format("the column '{}' stands here twice", *item.text()),
                     "seal it or hash it, once");
    good = good && at && !again;
    taken.push_back(at.value_or(input.size()));
    out.push_back(at.value_or(input.size()));
  }
  return good;
}

std::optional<core::bound_transform> bind(const core::config& config, const core::schema_ptr& input,
                                          const core::bind_context& context) {
  auto sealing = read_field_sealing(config, *input, context);
  auto plan = std::make_shared<seal_plan>();
  std::vector<std::size_t> taken;
  bool good = read_columns(config, "fields", *input, *context.findings, taken, plan->sealed);
  good = read_columns(config, "hash", *input, *context.findings, taken, plan->hashed) && good;
  if (taken.empty()) {
    context.findings->error({}, "nothing is sealed and nothing is hashed",
                            "name columns in 'fields' or 'hash'");
    good = false;
  }
  if (!good || !sealing)
    return std::nullopt;
  plan->sealing = std::move(*sealing);
  auto fields = input->fields();
  for (const auto column : taken)
    fields[column].type = text_type;
  plan->schema = std::make_shared<const core::schema>(std::move(fields));
  return bind_to_vault<seal_fields_transform>(
      std::shared_ptr<const seal_plan>{plan}, *input, taken,
      fmt::format("seals {} and hashes {} columns with key {}", plan->sealed.size(),
                  plan->hashed.size(), plan->sealing.key));
}

} // namespace

core::transform_entry seal_fields_entry() {
  return {spec(), bind};
}

} // namespace lepton::pipelines
