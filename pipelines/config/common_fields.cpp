#include "pipelines/config/common_fields.hpp"

#include "pipelines/sealing/sealing_settings.hpp"

namespace lepton::pipelines {

namespace {

using core::component_kind;
using core::field_spec;
using core::field_type;

field_spec error_limit_field() {
  field_spec share{"share", field_type::share,
                   "Most failed rows among the last `of_last` rows before the pipeline stops; 100% "
                   "is no limit."};
  share.fallback = "100%";
  field_spec of_last{"of_last", field_type::integer, "Rows over which `share` is taken."};
  of_last.fallback = "1000";
  of_last.minimum = 1;
  of_last.maximum = 1e9;
  field_spec in_a_row{
      "in_a_row", field_type::integer,
      "Most failed rows one after another before the pipeline stops; 0 is no limit."};
  in_a_row.fallback = "0";
  in_a_row.minimum = 0;
  field_spec limit{"error_limit", field_type::object,
                   "Stops the pipeline when too many rows fail, instead of draining them all."};
  limit.fields = {share, of_last, in_a_row};
  return limit;
}

field_spec on_error_field() {
  field_spec field{
      "on_error", field_type::choice,
      "What happens to a row that fails: `route` sends it to `<name>.errors`, `drop` counts "
      "and forgets it, `stop` ends the pipeline. Default: `route` if something reads "
      "`<name>.errors`, else `stop`."};
  field.choices = {"route", "drop", "stop"};
  return field;
}

field_spec inputs_field() {
  field_spec field{"inputs", field_type::list,
                   "Streams to read: a component's name, `<name>.<output>`, `<name>.errors`, or a "
                   "pattern with `*` such as `*.errors`."};
  field.required = true;
  return field;
}

field_spec codec_field(component_kind kind, const core::catalog& catalog) {
  const bool decodes = kind == component_kind::source;
  field_spec field{std::string{codec_key(kind)}, field_type::object,
                   decodes
                       ? "How payloads become rows. Not allowed where the source makes rows itself."
                       : "How rows become payloads."};
  field.fields = codec_fields(kind, nullptr, catalog);
  return field;
}

field_spec ordering_field() {
  field_spec field{
      "ordering", field_type::choice,
      "`partition` keeps the rows of one partition in order; `none` lets them overtake each "
      "other, which is faster. Default: that of the source."};
  field.choices = {"partition", "none"};
  return field;
}

field_spec when_full_field() {
  field_spec field{
      "when_full", field_type::choice,
      "What happens while the sink takes nothing more: `block` slows the pipeline down to the "
      "pace of the sink, `drop_newest` drops rows and counts them."};
  field.fallback = "block";
  field.choices = {"block", "drop_newest"};
  return field;
}

field_spec with_default(field_spec field, std::string fallback) {
  field.fallback = std::move(fallback);
  return field;
}

std::vector<field_spec> make_settings_fields() {
  field_spec delivery{"delivery", field_type::choice,
                      "`at_least_once`: no row is lost, some may come twice after a crash."};
  delivery.choices = {"at_least_once"};
  field_spec latency{"latency_target", field_type::duration,
                     "How long a row may take through the pipeline; larger allows larger batches."};
  latency.minimum = 1e6;
  latency.maximum = 3600e9;
  field_spec memory{
      "memory_limit", field_type::size,
      "Most memory that the pipeline may need; `run` refuses a plan whose bound is above it."};
  memory.minimum = 16 << 20;
  field_spec workers{
      "workers", field_type::text,
      "Replicas of the transforms: a number from 1 to 1024, or `auto` for one per core."};
  field_spec stop{"stop_timeout", field_type::duration,
                  "How long a stopped pipeline may take to finish what it has read."};
  field_spec restarts{
      "restart_limit", field_type::integer,
      "Restarts of crashed workers within `restart_window` before the pipeline fails."};
  restarts.minimum = 0;
  restarts.maximum = 1e6;
  field_spec window{"restart_window", field_type::duration,
                    "Time over which restarts are counted."};
  return {with_default(delivery, "at_least_once"),
          with_default(latency, "50ms"),
          with_default(memory, "1GiB"),
          with_default(workers, "auto"),
          with_default(stop, "30s"),
          with_default(restarts, "5"),
          with_default(window, "1m"),
          keyring_field()};
}

std::vector<field_spec> make_test_fields() {
  field_spec name{"name", field_type::text, "What the test shows, for the report."};
  field_spec insert{"insert", field_type::any, "Rows to put in: source name -> list of mappings."};
  field_spec expect{"expect", field_type::any,
                    "What must come out: stream name -> list of conditions that each row meets, or "
                    "{count: N, conditions: [...], rows: [{...}]}."};
  name.required = insert.required = expect.required = true;
  return {name, insert, expect};
}

template <class Entries>
const core::component_spec* find_in(const Entries& entries, std::string_view type,
                                    std::size_t* index) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].spec.type != type)
      continue;
    if (index)
      *index = i;
    return &entries[i].spec;
  }
  return nullptr;
}

template <class Entries>
std::vector<std::string> types_of(const Entries& entries) {
  std::vector<std::string> out;
  for (const auto& entry : entries)
    out.push_back(entry.spec.type);
  return out;
}

} // namespace

const std::vector<field_spec>& settings_fields() {
  static const auto fields = make_settings_fields();
  return fields;
}

const std::vector<field_spec>& test_fields() {
  static const auto fields = make_test_fields();
  return fields;
}

std::string_view sealing_key(component_kind kind) noexcept {
  return kind == component_kind::source ? "decrypt" : kind == component_kind::sink ? "encrypt" : "";
}

std::string_view codec_key(component_kind kind) noexcept {
  return kind == component_kind::source ? "decode" : kind == component_kind::sink ? "encode" : "";
}

const core::format_entry* find_format(component_kind kind, std::string_view format,
                                      const core::catalog& catalog) {
  for (const auto& entry : catalog.formats()) {
    const bool able =
        kind == component_kind::source ? bool(entry.bind_decoder) : bool(entry.bind_encoder);
    if (able && entry.type == format)
      return &entry;
  }
  return nullptr;
}

std::vector<field_spec> codec_fields(component_kind kind, const core::format_entry* format,
                                     const core::catalog& catalog) {
  field_spec name{"format", field_type::choice, "The format of the payloads."};
  name.required = true;
  for (const auto& entry : catalog.formats())
    if (find_format(kind, entry.type, catalog))
      name.choices.push_back(entry.type);
  std::vector<field_spec> fields{name};
  if (format) {
    const auto& own =
        kind == component_kind::source ? format->decode_fields : format->encode_fields;
    fields.insert(fields.end(), own.begin(), own.end());
  }
  return fields;
}

std::vector<field_spec> common_fields(component_kind kind, const core::catalog& catalog) {
  field_spec type{"type", field_type::choice, "The type of the component."};
  type.required = true;
  type.choices = type_names(kind, catalog);
  std::vector<field_spec> fields{type};
  if (kind != component_kind::source)
    fields.push_back(inputs_field());
  if (kind != component_kind::transform)
    fields.push_back(codec_field(kind, catalog));
  if (kind != component_kind::transform)
    fields.push_back(kind == component_kind::source ? decrypt_field() : encrypt_field());
  if (kind == component_kind::source)
    fields.push_back(ordering_field());
  if (kind == component_kind::sink)
    fields.push_back(when_full_field());
  fields.push_back(on_error_field());
  fields.push_back(error_limit_field());
  return fields;
}

const core::component_spec* find_spec(component_kind kind, std::string_view type,
                                      const core::catalog& catalog, std::size_t* index) {
  switch (kind) {
    case component_kind::source: return find_in(catalog.sources(), type, index);
    case component_kind::transform: return find_in(catalog.transforms(), type, index);
    case component_kind::sink: return find_in(catalog.sinks(), type, index);
    case component_kind::format: break;
  }
  return nullptr;
}

std::vector<std::string> type_names(component_kind kind, const core::catalog& catalog) {
  switch (kind) {
    case component_kind::source: return types_of(catalog.sources());
    case component_kind::transform: return types_of(catalog.transforms());
    case component_kind::sink: return types_of(catalog.sinks());
    case component_kind::format: break;
  }
  std::vector<std::string> out;
  for (const auto& entry : catalog.formats())
    out.push_back(entry.type);
  return out;
}

const char* section_name(component_kind kind) noexcept {
  switch (kind) {
    case component_kind::source: return "sources";
    case component_kind::transform: return "transforms";
    case component_kind::sink: return "sinks";
    case component_kind::format: return "formats";
  }
  return "";
}

} // namespace lepton::pipelines
