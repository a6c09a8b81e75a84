#include "connectors/generator/register.hpp"

#include "connectors/formats/json/json_decoder.hpp"
#include "connectors/generator/generator_source.hpp"
#include "core/schema_spec.hpp"

namespace lepton::connectors {

namespace {

using core::field_type;

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::source;
  spec.type = "generator";
  spec.summary = "Makes up records: card payments with fraud, or road sensors with jams.";
  spec.doc =
      "Record i of a seed is always the same, whatever the batches and workers are.\n\n"
      "`cards`: tx_id string, card_id int64, merchant_id int64, amount float64, ts timestamp_ms, "
      "f float32[28], is_fraud bool (the truth, about 2 % of the payments).\n\n"
      "`sensors`: sensor_id int64, road string, ts timestamp_ms, speed float64 (km/h; -1 from a "
      "broken "
      "sensor), flow float64 (vehicles an hour), occupancy float64 (0 to 1), limit float64 (km/h), "
      "congested bool (the truth).";
  spec.fields = {{.name = "kind",
                  .type = field_type::choice,
                  .doc = "What the records are about.",
                  .fallback = "cards",
                  .choices = {"cards", "sensors"}},
                 {.name = "seed",
                  .type = field_type::integer,
                  .doc = "Another seed gives other records.",
                  .fallback = "1"},
                 {.name = "rate",
                  .type = field_type::number,
                  .doc = "Records a second. Default: as many as the pipeline takes.",
                  .minimum = 0.001,
                  .maximum = 1e9},
                 {.name = "count",
                  .type = field_type::integer,
                  .doc = "Ends after so many records. Default: no limit.",
                  .minimum = 0},
                 {.name = "duration",
                  .type = field_type::duration,
                  .doc = "Ends after this time. Default: no limit.",
                  .minimum = 0},
                 {.name = "batch_records",
                  .type = field_type::integer,
                  .doc = "Records in one batch, at most; larger is faster and adds latency.",
                  .fallback = "1024",
                  .minimum = 1,
                  .maximum = 65536},
                 {.name = "format",
                  .type = field_type::choice,
                  .doc = "`columns`: workers make the columns at once; `json`: records come as "
                         "JSON text, so that "
                         "reading it is part of the work.",
                  .fallback = "columns",
                  .choices = {"columns", "json"}}};
  spec.example = "type: generator\nkind: cards\nseed: 7\nrate: 10000\nduration: 30s\n";
  return spec;
}

generator_options read_options(const core::config& config) {
  generator_options options;
  options.kind = &record_kind_of(config.text("kind"));
  options.seed = static_cast<std::uint64_t>(config.integer("seed"));
  options.json = config.text("format") == "json";
  if (config.has("rate"))
    options.rate = config.number("rate");
  if (config.has("count"))
    options.count = config.integer("count");
  if (config.has("duration"))
    options.duration = config.time("duration");
  return options;
}

std::function<std::unique_ptr<core::decoder>()> json_decoders(const core::schema& schema) {
  std::vector<core::schema_entry> entries;
  for (const auto& field : schema.fields()) {
    core::schema_entry entry;
    entry.field = field;
    entry.path = {field.name};
    entries.push_back(std::move(entry));
  }
  core::diagnostics none;
  const auto layout = json_layout::make(std::move(entries), false, none);
  return [layout] { return std::make_unique<json_decoder>(layout); };
}

std::optional<core::bound_source> bind(const core::config& config, const core::bind_context&) {
  const auto options = read_options(config);
  core::bound_source out;
  out.schema = options.kind->schema;
  out.make_decoder = [] { return std::make_unique<generated_decoder>(); };
  if (options.json)
    out.make_decoder = json_decoders(*options.kind->schema);
  out.ordered = false;
  out.batch = {config.integer("batch_records"), config.integer("batch_records") * 512};
  out.make = [options](const core::run_context&) -> core::result<std::unique_ptr<core::source>> {
    return std::unique_ptr<core::source>{std::make_unique<generator_source>(options)};
  };
  return out;
}

} // namespace

void register_generator(core::catalog& catalog) {
  catalog.add(core::source_entry{spec(), bind});
}

} // namespace lepton::connectors
