#include "pipelines/expression/expression.hpp"
#include "tests/pipelines/config/test_catalog.hpp"

#include <fmt/format.h>

namespace lepton::tests {

namespace {

using core::component_kind;
using core::field_spec;
using core::field_type;
using bound = std::optional<core::bound_transform>;

core::bound_transform passing(std::vector<core::output_port> outputs) {
  core::bound_transform out;
  out.outputs = std::move(outputs);
  out.make = [](const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
    return core::error{core::errc::unsupported, "components of the test catalog cannot be run"};
  };
  return out;
}

void add_reads(const pipelines::compiled_expression& expression, core::bound_transform& out) {
  out.reads.insert(out.reads.end(), expression.columns().begin(), expression.columns().end());
}

bound bind_derive(const core::config& config, const core::schema_ptr& input,
                  const core::bind_context& context) {
  auto fields = input->fields();
  auto out = passing({});
  bool good = true;
  for (const auto& [name, span, item] : *config["columns"].map()) {
    const auto made = pipelines::compile(item, *input, *context.findings, "columns." + name);
    good = good && made;
    if (!made)
      continue;
    fields.push_back({name, made->type(), made->nullable()});
    add_reads(*made, out);
  }
  out.outputs = {{"", std::make_shared<const core::schema>(std::move(fields))}};
  return good ? bound{out} : std::nullopt;
}

bound bind_filter(const core::config& config, const core::schema_ptr& input,
                  const core::bind_context& context) {
  const auto made =
      pipelines::compile_condition(config["where"], *input, *context.findings, "where");
  if (!made)
    return std::nullopt;
  auto out = passing({{"", input}});
  add_reads(*made, out);
  return out;
}

bound bind_select(const core::config& config, const core::schema_ptr& input,
                  const core::bind_context& context) {
  std::vector<core::field> fields;
  bool good = true;
  for (const auto& column : config.texts("columns")) {
    good = has_column(config, "columns", column, *input, context) && good;
    if (const auto at = input->index_of(column))
      fields.push_back((*input)[*at]);
  }
  auto out = passing({{"", std::make_shared<const core::schema>(std::move(fields))}});
  return good ? bound{out} : std::nullopt;
}

bound bind_route(const core::config& config, const core::schema_ptr& input,
                 const core::bind_context& context) {
  auto out = passing({});
  bool good = true;
  for (const auto& [name, span, item] : *config["routes"].map()) {
    const auto made =
        pipelines::compile_condition(item, *input, *context.findings, "routes." + name);
    good = good && made;
    out.outputs.push_back({name, input});
    if (made)
      add_reads(*made, out);
  }
  return good ? bound{out} : std::nullopt;
}

bound bind_same(const core::config&, const core::schema_ptr& input, const core::bind_context&) {
  return passing({{"", input}});
}

bound bind_infer(const core::config& config, const core::schema_ptr& input,
                 const core::bind_context& context) {
  bool good = true;
  auto out = passing({});
  for (const auto& column : config.texts("features")) {
    good = has_column(config, "features", column, *input, context) && good;
    out.reads.push_back(column);
  }
  auto fields = input->fields();
  fields.push_back({config.text("output"), {core::type_id::float32, 0}, false});
  out.outputs = {{"", std::make_shared<const core::schema>(std::move(fields))}};
  out.where = core::placement::inference;
  out.preferred_rows = config.integer("preferred_batch_size");
  out.max_queue_delay = context.latency_target / 10;
  out.memory = 1 << 20;
  out.notes = {fmt::format("backend: {}", config.text("backend"))};
  return good ? bound{out} : std::nullopt;
}

void add(core::catalog& catalog, const char* type, const char* summary,
         std::vector<field_spec> fields, core::bind_transform bind) {
  core::component_spec spec{component_kind::transform, type, summary, "", std::move(fields), ""};
  catalog.add(core::transform_entry{std::move(spec), std::move(bind)});
}

field_spec map_of_expressions(const char* name, const char* doc) {
  return {.name = name,
          .type = field_type::map,
          .doc = doc,
          .required = true,
          .fields = {{.name = "", .type = field_type::expression, .doc = ""}}};
}

field_spec list_of_columns(const char* name, const char* doc) {
  return {.name = name,
          .type = field_type::list,
          .doc = doc,
          .required = true,
          .fields = {{.name = "", .type = field_type::column, .doc = ""}}};
}

void add_infer(core::catalog& catalog) {
  add(catalog, "infer", "Scores rows with a model.",
      {{.name = "model", .type = field_type::text, .doc = "ONNX file.", .required = true},
       list_of_columns("features", "Columns that become the model's input, in this order."),
       {.name = "output",
        .type = field_type::text,
        .doc = "Name of the column with the result.",
        .fallback = "score"},
       {.name = "missing",
        .type = field_type::choice,
        .doc = "What happens to a row without all features.",
        .fallback = "reject",
        .choices = {"reject", "impute"}},
       {.name = "backend",
        .type = field_type::choice,
        .doc = "Who computes the model.",
        .fallback = "auto",
        .choices = {"auto", "native", "openvino"}},
       {.name = "preferred_batch_size",
        .type = field_type::integer,
        .doc = "Rows that make one call efficient.",
        .fallback = "256",
        .minimum = 1}},
      bind_infer);
}

} // namespace

void add_test_transforms(core::catalog& catalog) {
  add(catalog, "derive", "Adds columns.", {map_of_expressions("columns", "Name and expression.")},
      bind_derive);
  add(catalog, "filter", "Keeps the rows that fit.",
      {{.name = "where",
        .type = field_type::expression,
        .doc = "Rows for which it is true are kept.",
        .required = true}},
      bind_filter);
  add(catalog, "select", "Keeps some columns.", {list_of_columns("columns", "Columns to keep.")},
      bind_select);
  add(catalog, "route", "Sends rows to named outputs.",
      {map_of_expressions("routes",
                          "Name of an output and its condition; the first that is true wins.")},
      bind_route);
  add(catalog, "sample", "Keeps a share of the rows.",
      {{.name = "share", .type = field_type::share, .doc = "Rows to keep.", .required = true}},
      bind_same);
  add(catalog, "throttle", "Limits the rate.",
      {{.name = "rate",
        .type = field_type::number,
        .doc = "Rows per second, at most.",
        .required = true,
        .minimum = 0.001}},
      bind_same);
  add_infer(catalog);
}

const core::catalog& test_catalog() {
  static const core::catalog all = [] {
    core::catalog catalog;
    add_test_connectors(catalog);
    add_test_formats(catalog);
    add_test_transforms(catalog);
    return catalog;
  }();
  return all;
}

} // namespace lepton::tests
