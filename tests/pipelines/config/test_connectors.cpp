#include "tests/pipelines/config/test_catalog.hpp"

#include <fmt/format.h>

namespace lepton::tests {

namespace {

using core::component_kind;
using core::field_spec;
using core::field_type;

core::error not_to_be_run() {
  return {core::errc::unsupported, "components of the test catalog cannot be run"};
}

field_spec texts(const char* name, const char* doc, bool required) {
  return {.name = name, .type = field_type::list, .doc = doc, .required = required};
}

std::vector<field_spec> client_fields() {
  return {texts("bootstrap_servers", "Brokers to begin with, as host:port.", true),
          {.name = "sasl_username", .type = field_type::text, .doc = "User of SASL."},
          {.name = "sasl_password", .type = field_type::secret, .doc = "Password of SASL."},
          {.name = "librdkafka_options",
           .type = field_type::map,
           .doc = "Any option of librdkafka, by its own name.",
           .fields = {{.name = "", .type = field_type::text, .doc = ""}}}};
}

field_spec batch_field() {
  return {.name = "batch",
          .type = field_type::object,
          .doc = "Upper bounds of one batch.",
          .fields = {{.name = "max_records",
                      .type = field_type::integer,
                      .doc = "Records; larger is faster and adds latency.",
                      .fallback = "1024",
                      .minimum = 1,
                      .maximum = 65536},
                     {.name = "max_bytes",
                      .type = field_type::size,
                      .doc = "Payload bytes.",
                      .fallback = "1MiB",
                      .minimum = 1024}}};
}

std::optional<core::bound_source> bind_stream(const core::config& config,
                                              const core::bind_context&) {
  core::bound_source out;
  if (config.has("batch"))
    out.batch = {config.child("batch").integer("max_records"),
                 config.child("batch").size("max_bytes")};
  out.make = [](const core::run_context&) { return not_to_be_run(); };
  return out;
}

std::optional<core::bound_source> bind_kafka(const core::config& config,
                                             const core::bind_context& context) {
  auto out = bind_stream(config, context);
  out->instances = static_cast<int>(config.integer("lanes"));
  out->memory = config.size("prefetch");
  out->notes = {fmt::format("lanes: {}", out->instances)};
  return out;
}

void add_kafka_source(core::catalog& catalog) {
  core::component_spec spec{
      component_kind::source, "kafka", "Reads topics of Apache Kafka.", "", {}, ""};
  spec.fields = client_fields();
  spec.fields.push_back(texts("topics", "Topics to read.", true));
  spec.fields.push_back({.name = "group_id",
                         .type = field_type::text,
                         .doc = "Consumer group; its members share the partitions.",
                         .required = true});
  spec.fields.push_back({.name = "start_offset",
                         .type = field_type::choice,
                         .doc = "Where a group without committed offsets begins.",
                         .fallback = "latest",
                         .choices = {"earliest", "latest"}});
  spec.fields.push_back({.name = "lanes",
                         .type = field_type::integer,
                         .doc = "Consumers in this process.",
                         .fallback = "1",
                         .minimum = 1,
                         .maximum = 64});
  spec.fields.push_back({.name = "prefetch",
                         .type = field_type::size,
                         .doc = "Bytes read ahead of the pipeline.",
                         .fallback = "16MiB",
                         .minimum = 1 << 20});
  spec.fields.push_back(batch_field());
  spec.example = "type: kafka\nbootstrap_servers: [\"localhost:9092\"]\ntopics: [tx]\n"
                 "group_id: fraud\ndecode: {format: json, schema: {amount: float64}}\n";
  catalog.add(core::source_entry{spec, bind_kafka});
}

void add_file_source(core::catalog& catalog) {
  core::component_spec spec{
      component_kind::source, "file", "Reads records from a file.", "", {}, ""};
  spec.fields = {
      {.name = "path", .type = field_type::text, .doc = "File to read.", .required = true},
      {.name = "follow",
       .type = field_type::boolean,
       .doc = "Goes on when the file grows.",
       .fallback = "false"},
      batch_field()};
  catalog.add(core::source_entry{spec, bind_stream});
}

core::schema_ptr card_schema() {
  using core::type_id;
  return std::make_shared<const core::schema>(std::vector<core::field>{
      {"tx_id", {type_id::string, 0}, false},
      {"card_id", {type_id::int64, 0}, false},
      {"amount", {type_id::float64, 0}, false},
      {"ts", {type_id::timestamp_ms, 0}, false},
      {"f", {type_id::float32_list, 28}, false},
      {"is_fraud", {type_id::boolean, 0}, false},
  });
}

void add_generator(core::catalog& catalog) {
  core::component_spec spec{component_kind::source, "generator", "Makes records up.", "", {}, ""};
  spec.fields = {
      {.name = "kind",
       .type = field_type::choice,
       .doc = "What the records look like.",
       .fallback = "cards",
       .choices = {"cards"}},
      {.name = "seed",
       .type = field_type::integer,
       .doc = "Same seed, same records.",
       .fallback = "1"},
      {.name = "rate",
       .type = field_type::number,
       .doc = "Records per second; 0 is as fast as it goes.",
       .fallback = "0",
       .minimum = 0},
      {.name = "count", .type = field_type::integer, .doc = "Records to make.", .minimum = 1},
      {.name = "duration", .type = field_type::duration, .doc = "How long to go on."},
      {.name = "fraud_share",
       .type = field_type::share,
       .doc = "Share of fraud among the records.",
       .fallback = "1%"}};
  catalog.add(
      core::source_entry{spec, [](const core::config& config, const core::bind_context& context) {
                           auto out = bind_stream(config, context);
                           out->schema = card_schema();
                           out->make_decoder = [] { return std::unique_ptr<core::decoder>{}; };
                           return out;
                         }});
}

std::optional<core::bound_sink> bind_kafka_sink(const core::config& config, const core::schema_ptr&,
                                                const core::bind_context&) {
  core::bound_sink out;
  out.key = config.has("key") ? config.text("key") : "";
  if (config.has("headers"))
    out.headers = config.texts("headers");
  out.make = [](const core::run_context&) { return not_to_be_run(); };
  return out;
}

std::optional<core::bound_sink> bind_evaluate(const core::config& config,
                                              const core::schema_ptr& input,
                                              const core::bind_context& context) {
  core::bound_sink out;
  out.encodes = false;
  out.headers = {config.text("truth"), config.text("prediction")};
  out.make = [](const core::run_context&) { return not_to_be_run(); };
  const bool good = has_column(config, "truth", out.headers[0], *input, context) &
                    has_column(config, "prediction", out.headers[1], *input, context);
  return good ? std::optional{out} : std::nullopt;
}

void add_sinks(core::catalog& catalog) {
  core::component_spec kafka{
      component_kind::sink, "kafka", "Writes to a topic of Apache Kafka.", "", {}, ""};
  kafka.fields = client_fields();
  kafka.fields.push_back(
      {.name = "topic", .type = field_type::text, .doc = "Topic to write to.", .required = true});
  kafka.fields.push_back(
      {.name = "key", .type = field_type::column, .doc = "Column that becomes the key."});
  kafka.fields.push_back({.name = "headers",
                          .type = field_type::list,
                          .doc = "Columns that become headers.",
                          .fields = {{.name = "", .type = field_type::column, .doc = ""}}});
  kafka.fields.push_back({.name = "linger",
                          .type = field_type::duration,
                          .doc = "How long to wait for more records.",
                          .fallback = "5ms",
                          .maximum = 60e9});
  catalog.add(core::sink_entry{kafka, bind_kafka_sink});

  core::component_spec file{component_kind::sink, "file", "Writes records to a file.", "", {}, ""};
  file.fields = {
      {.name = "path", .type = field_type::text, .doc = "File to write.", .required = true},
      {.name = "rotate_size", .type = field_type::size, .doc = "Begins a new file after it."}};
  catalog.add(core::sink_entry{file, bind_kafka_sink});

  core::component_spec evaluate{
      component_kind::sink, "evaluate", "Counts hits and misses.", "", {}, ""};
  evaluate.fields = {
      {.name = "truth", .type = field_type::column, .doc = "What is true.", .required = true},
      {.name = "prediction", .type = field_type::column, .doc = "What was said.", .required = true},
      {.name = "threshold",
       .type = field_type::number,
       .doc = "A score above it is a positive.",
       .fallback = "0.5"}};
  catalog.add(core::sink_entry{evaluate, bind_evaluate});

  core::component_spec console{component_kind::sink, "console", "Prints records.", "", {}, ""};
  catalog.add(core::sink_entry{console, bind_kafka_sink});
}

} // namespace

bool has_column(const core::config& config, std::string_view field, const std::string& column,
                const core::schema& input, const core::bind_context& context) {
  if (input.index_of(column))
    return true;
  const auto near = core::nearest(column, input.names());
  context.findings->error(config.span(field), fmt::format("there is no column '{}'", column),
                          fmt::format("{}the columns are {}",
                                      near.empty() ? "" : fmt::format("did you mean '{}'? ", near),
                                      fmt::join(input.names(), ", ")));
  return false;
}

void add_test_connectors(core::catalog& catalog) {
  add_kafka_source(catalog);
  add_file_source(catalog);
  add_generator(catalog);
  add_sinks(catalog);
}

} // namespace lepton::tests
