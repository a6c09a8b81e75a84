#include "tests/pipelines/pipeline_fixture.hpp"

#include "connectors/formats/json/json_decoder.hpp"
#include "pipelines/config/load.hpp"
#include "pipelines/operators/register_all.hpp"
#include "pipelines/record_keys.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace lepton::pipelines::testing {

namespace {

class fixture_records final : public core::raw_batch {
public:
  fixture_records() { topic = std::make_shared<const std::string>("fixture"); }

  std::span<const core::raw_record> records() const override { return records_; }
  void add(std::string payload, std::string key = {}) {
    const auto& kept = payloads_.emplace_back(std::move(payload));
    const auto& kept_key = payloads_.emplace_back(std::move(key));
    records_.push_back({kept, kept_key, 100 + record_count++, 5});
    byte_count += static_cast<std::int64_t>(kept.size());
  }

  core::batch_ptr table;
  std::vector<std::int32_t> broken;

private:
  std::deque<std::string> payloads_;
  std::vector<core::raw_record> records_;
};

class fixture_decoder final : public core::decoder {
public:
  void decode(const core::raw_batch& in, core::decoded& out) override {
    const auto& records = static_cast<const fixture_records&>(in);
    out = {};
    for (const auto row : records.broken)
      out.errors.push_back({row, "broken"});
    for (std::int32_t row = 0; row < in.record_count; ++row)
      if (std::find(records.broken.begin(), records.broken.end(), row) == records.broken.end())
        out.raw_rows.push_back(row);
    out.columns = core::take(*records.table, out.raw_rows)->columns;
    out.rows = static_cast<std::int64_t>(out.raw_rows.size());
  }
};

class text_encoder final : public core::encoder {
public:
  explicit text_encoder(std::size_t column) : column_{column} {}

  void encode(const core::batch_ptr& in, core::encoded_batch& out,
              std::vector<core::row_error>& errors) override {
    out.origin = in;
    for (std::int32_t row = 0; row < in->rows; ++row) {
      const auto begin = static_cast<std::uint32_t>(out.bytes.size());
      if (append_text((*in)[column_], row, out.bytes))
        out.records.push_back(
            {begin, static_cast<std::uint32_t>(out.bytes.size()) - begin, 0, 0, row});
      else
        errors.push_back({row, "null cannot be written"});
    }
  }

private:
  std::size_t column_;
};

core::component_spec spec_of(core::component_kind kind, const char* type,
                             std::vector<core::field_spec> fields) {
  core::component_spec spec;
  spec.kind = kind;
  spec.type = type;
  spec.summary = "For tests.";
  spec.fields = std::move(fields);
  return spec;
}

core::field_spec field_of(const char* name, core::field_type type, bool required) {
  core::field_spec field{.name = name, .type = type, .doc = "For tests."};
  field.required = required;
  return field;
}

/// Makes one call of all batches: each row says how many batches were in its call.
class call_counter final : public core::transform {
public:
  explicit call_counter(core::schema_ptr schema) : schema_{std::move(schema)} {}

  void process(std::span<const core::batch_ptr> in, std::span<core::emitter* const> out) override {
    for (std::size_t i = 0; i < in.size(); ++i) {
      auto calls = core::make_ref<core::column>(core::data_type{core::type_id::int64, 0});
      calls->resize_rows(in[i]->rows);
      for (auto& value : calls->as_mutable<std::int64_t>())
        value = static_cast<std::int64_t>(in.size());
      auto columns = in[i]->columns;
      columns.push_back(std::move(calls));
      out[i]->emit(0, core::with_columns(*in[i], schema_, std::move(columns)));
    }
  }
  void process(const core::batch_ptr& in, core::emitter& out) override {
    core::emitter* const one = &out;
    process({&in, 1}, {&one, 1});
  }

private:
  core::schema_ptr schema_;
};

core::transform_entry model_transform() {
  return {spec_of(core::component_kind::transform, "model", {}),
          [](const core::config&, const core::schema_ptr& input,
             const core::bind_context&) -> std::optional<core::bound_transform> {
            auto fields = input->fields();
            fields.push_back({"calls", {core::type_id::int64, 0}, false});
            const auto schema = std::make_shared<const core::schema>(std::move(fields));
            core::bound_transform out;
            out.outputs = {{"", schema}};
            out.where = core::placement::inference;
            out.make =
                [schema](
                    const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
              return std::unique_ptr<core::transform>{std::make_unique<call_counter>(schema)};
            };
            return out;
          }};
}

core::source_entry rows_source() {
  return {spec_of(core::component_kind::source, "rows",
                  {field_of("schema", core::field_type::schema, true)}),
          [](const core::config& config,
             const core::bind_context& context) -> std::optional<core::bound_source> {
            const auto entries = core::read_schema(config["schema"], *context.findings);
            if (!entries)
              return std::nullopt;
            core::bound_source out;
            out.schema = core::to_schema(*entries);
            out.make_decoder = [] { return std::make_unique<fixture_decoder>(); };
            return out;
          }};
}

core::source_entry lines_source() {
  return {spec_of(core::component_kind::source, "lines", {}),
          [](const core::config&, const core::bind_context&) {
            core::bound_source out;
            out.has_topics = true;
            return std::optional{std::move(out)};
          }};
}

class last_digit final : public core::partitioner {
public:
  std::int32_t partition_of(std::string_view key) const noexcept override { return key.back() % 2; }
};

core::sink_entry sink_of(const char* type, bool encodes) {
  return {
      spec_of(core::component_kind::sink, type, {field_of("key", core::field_type::column, false)}),
      [encodes](const core::config& config, const core::schema_ptr&,
                const core::bind_context&) -> std::optional<core::bound_sink> {
        core::bound_sink out;
        out.encodes = encodes;
        if (encodes) {
          out.topic = "texts";
          out.partitions = std::make_shared<last_digit>();
        }
        out.key = config.text_or("key", "");
        return out;
      }};
}

core::format_entry json_format() {
  core::format_entry entry;
  entry.type = "json";
  entry.decode_fields = {field_of("schema", core::field_type::schema, true)};
  entry.bind_decoder = [](const core::config& config,
                          const core::bind_context& context) -> std::optional<core::bound_decoder> {
    auto entries = core::read_schema(config["schema"], *context.findings);
    if (!entries)
      return std::nullopt;
    auto layout = connectors::json_layout::make(std::move(*entries), false, *context.findings);
    if (!layout)
      return std::nullopt;
    return core::bound_decoder{
        layout->schema(), [layout] { return std::make_unique<connectors::json_decoder>(layout); }};
  };
  return entry;
}

core::format_entry text_format() {
  core::format_entry entry;
  entry.type = "text";
  entry.encode_fields = {field_of("column", core::field_type::column, true)};
  entry.bind_encoder = [](const core::config& config, const core::schema_ptr& input,
                          const core::bind_context&) -> std::optional<core::bound_encoder> {
    const auto& name = config.text("column");
    const auto column = *input->index_of(name);
    return core::bound_encoder{{name}, [column] { return std::make_unique<text_encoder>(column); }};
  };
  return entry;
}

std::string operator_file(std::string_view fields, const table& input, std::string_view outputs) {
  return fmt::format("pipeline: t\n"
                     "sources: {{in: {{type: rows, schema: {}}}}}\n"
                     "transforms:\n"
                     "  op: {{inputs: [in], {}}}\n"
                     "sinks: {{out: {{type: nothing, inputs: {}}}}}\n"
                     "settings: {{keyring: {{path: k, key_file: f}}}}\n",
                     schema_text(input), fields, outputs);
}

} // namespace

core::catalog test_catalog() {
  core::catalog catalog;
  register_operators(catalog);
  catalog.add(model_transform());
  catalog.add(rows_source());
  catalog.add(lines_source());
  catalog.add(sink_of("nothing", false));
  catalog.add(sink_of("texts", true));
  catalog.add(json_format());
  catalog.add(text_format());
  return catalog;
}

checked_pipeline checked(std::string_view yaml) {
  core::diagnostics findings;
  auto pipeline = check(yaml, "test.yaml", test_catalog(), findings);
  if (!pipeline)
    throw std::runtime_error{core::render(findings, "test.yaml", yaml)};
  return std::move(*pipeline);
}

std::string findings_of(std::string_view yaml) {
  core::diagnostics findings;
  (void)check(yaml, "test.yaml", test_catalog(), findings);
  return core::render(findings, "test.yaml", yaml);
}

core::raw_batch_ptr table_records(const table& input, std::vector<std::int32_t> broken) {
  auto records = core::make_ref<fixture_records>();
  records->table = input.batch();
  records->broken = std::move(broken);
  for (std::int64_t row = 0; row < records->table->rows; ++row)
    records->add(fmt::format("payload {}", row));
  return records;
}

test_keys& the_test_keys() {
  static test_keys keys;
  return keys;
}

core::raw_batch_ptr read_back(const core::encoded_batch& written, std::int32_t partition) {
  auto records = core::make_ref<fixture_records>();
  records->topic = std::make_shared<const std::string>("texts");
  records->partition = std::max(partition, 0);
  for (const auto& record : written.records)
    if (record.partition == partition)
      records->add(std::string{written.payload(record)}, std::string{written.key(record)});
  return records;
}

core::raw_batch_ptr json_lines(const std::vector<std::string>& lines) {
  auto records = core::make_ref<fixture_records>();
  for (const auto& line : lines)
    records->add(line);
  return records;
}

std::string schema_text(const table& input) {
  std::string text = "{";
  const auto schema = input.schema();
  for (const auto& field : schema->fields())
    text += fmt::format("{}{}: {{type: \"{}\", required: {}}}", text.size() > 1 ? ", " : "",
                        field.name, core::to_string(field.type), !field.nullable);
  return text + "}";
}

void collected::emit(std::size_t port, core::batch_ptr batch) {
  for (auto& row : show(*batch))
    rows[port].push_back(std::move(row));
  batches.push_back(std::move(batch));
}

void collected::fail(const core::batch_ptr& in, std::span<const core::row_error> errors) {
  for (const auto& error : errors) {
    EXPECT_LT(error.row, in->rows);
    failed.push_back(fmt::format("{}: {}", error.row, error.reason));
  }
}

tested_operator::tested_operator(std::string_view fields, const table& input,
                                 std::string_view outputs)
    : pipeline_{checked(operator_file(fields, input, outputs))} {}

std::unique_ptr<core::transform> tested_operator::make() {
  core::run_context context;
  context.component = "op";
  context.metrics = &metrics_;
  context.vault = &the_test_keys().vault;
  auto made = bound().make(context);
  return std::move(made).value();
}

collected tested_operator::run(const core::batch_ptr& rows) {
  collected out;
  make()->process(rows, out);
  return out;
}

std::string operator_findings(std::string_view fields, const table& input) {
  return findings_of(operator_file(fields, input, "[op]"));
}

started_pipeline::started_pipeline(std::string_view yaml)
    : pipeline{checked(yaml)}, plan{make_plan(pipeline)}, shared{pipeline, metrics} {
  core::run_context context;
  context.pipeline = pipeline.name;
  context.metrics = &metrics;
  context.vault = &the_test_keys().vault;
  for (std::size_t s = 0; s < plan.segments.size(); ++s)
    programs_.push_back(std::move(stage_program::make(pipeline, plan, s, shared, context)).value());
}

std::size_t started_pipeline::node(std::string_view name) const {
  for (std::size_t n = 0; n < pipeline.nodes.size(); ++n)
    if (pipeline.nodes[n].name == name)
      return n;
  throw std::runtime_error{"no such component"};
}

stage_program& started_pipeline::program(std::string_view component) {
  return *programs_[plan.segment_of(node(component))];
}

std::vector<program_output> started_pipeline::run_raw(std::string_view component,
                                                      const core::raw_batch_ptr& in) {
  std::vector<program_output> out;
  program(component).run_raw(in, out);
  return out;
}

std::string started_pipeline::exit_of(std::string_view component,
                                      const program_output& output) const {
  const auto& exit = plan.segments[plan.segment_of(node(component))].exits[output.exit];
  return pipeline.stream_name(exit.stream) + ">" +
         (exit.to_sink ? pipeline.nodes[exit.target].name : plan.segments[exit.target].name);
}

std::int64_t started_pipeline::count(core::metric which, std::string_view component,
                                     std::string_view cause) {
  for (const auto& entry : metrics.snapshot()) {
    if (entry.which != which || !entry.counts)
      continue;
    const auto has = [&](std::string_view key, std::string_view value) {
      return value.empty() ||
             std::find(entry.labels.begin(), entry.labels.end(),
                       std::pair<std::string, std::string>{key, value}) != entry.labels.end();
    };
    if (has("component", component) && has("cause", cause))
      return entry.counts->value();
  }
  return 0;
}

} // namespace lepton::pipelines::testing
