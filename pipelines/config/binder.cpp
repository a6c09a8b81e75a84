#include "pipelines/config/binder.hpp"

#include "pipelines/config/common_fields.hpp"
#include "pipelines/config/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

std::string example_format(core::component_kind kind, const core::catalog& catalog) {
  const auto fields = codec_fields(kind, nullptr, catalog);
  return fields[0].choices.empty() ? "..." : fields[0].choices[0];
}

} // namespace

/// Calls a function of the catalog with a context; its findings get at least the component's place.
template <class Bind>
auto binder::run(const component_draft& draft, Bind&& call) {
  core::diagnostics found;
  core::bind_context context;
  context.component = draft.name;
  context.pipeline = file_.name;
  context.directory = context_.directory;
  context.latency_target = file_.settings.latency_target;
  context.workers = file_.settings.workers;
  context.sealed = draft.kind == core::component_kind::sink && draft.sealing.has_value();
  context.has_keyring = file_.settings.keyring.has_value();
  if (file_.settings.keyring)
    context.tenant = file_.settings.keyring->tenant;
  context.findings = &found;
  auto bound = call(static_cast<const core::bind_context&>(context));
  if (!bound && !found.has_errors())
    found.error(draft.span, fmt::format("'{}' cannot be set up", draft.name));
  const auto usage =
      fmt::format("`lepton list {} {}` shows what it takes", core::name(draft.kind), draft.type);
  for (const auto& finding : found.all()) {
    const auto span = finding.span.known() ? finding.span : draft.span;
    const auto& hint = finding.hint.empty() ? usage : finding.hint;
    if (finding.level == core::severity::error)
      context_.findings.error(span, finding.message, hint);
    else
      context_.findings.warning(span, finding.message, hint);
  }
  if (found.has_errors())
    bound.reset();
  return bound;
}

bool binder::bind_source(const component_draft& draft, pipeline_node& node) {
  const auto& entry = catalog_.sources()[draft.entry];
  node.source = run(draft, [&](const auto& context) { return entry.bind(node.config, context); });
  if (node.source && node.source->make_decoder) {
    if (draft.codec)
      context_.findings.error(draft.codec->span, fmt::format("'{}' makes rows itself", draft.name),
                              "remove 'decode'");
    if (draft.sealing)
      context_.findings.error(draft.sealing->span,
                              fmt::format("'{}' has no payloads to open", draft.name),
                              "remove 'decrypt'");
    node.decoder = core::bound_decoder{node.source->schema, node.source->make_decoder};
    node.outputs = {{"", node.decoder->schema}};
    node.ordered = draft.ordered.value_or(node.source->ordered);
    return !draft.codec && !draft.sealing;
  }
  // A decoder can be checked although its source failed.
  const bool decodes = bind_decoder(draft, node);
  if (!node.source || !decodes || !bind_opening(draft, node))
    return false;
  node.outputs = {{"", node.decoder->schema}};
  node.ordered = draft.ordered.value_or(node.source->ordered);
  return true;
}

bool binder::bind_decoder(const component_draft& draft, pipeline_node& node) {
  if (!draft.codec) {
    if (node.source)
      context_.findings.error(
          draft.span, fmt::format("source '{}' ({}) needs 'decode'", draft.name, draft.type),
          fmt::format("say how payloads become rows, for example decode: {{format: {}}}",
                      example_format(draft.kind, catalog_)));
    return false;
  }
  const core::config settings{*draft.codec};
  const auto* format = find_format(draft.kind, settings.text("format"), catalog_);
  node.decoder =
      run(draft, [&](const auto& context) { return format->bind_decoder(settings, context); });
  node.decode_format = format->type;
  return node.decoder.has_value();
}

bool binder::bind_transform(const component_draft& draft, const core::schema_ptr& input,
                            pipeline_node& node) {
  const auto& entry = catalog_.transforms()[draft.entry];
  node.transform =
      run(draft, [&](const auto& context) { return entry.bind(node.config, input, context); });
  if (!node.transform)
    return false;
  node.outputs = node.transform->outputs;
  return true;
}

bool binder::bind_sink(const component_draft& draft, const std::vector<core::schema_ptr>& inputs,
                       pipeline_node& node) {
  const auto& entry = catalog_.sinks()[draft.entry];
  node.when_full = draft.when_full;
  node.sink = run(
      draft, [&](const auto& context) { return entry.bind(node.config, inputs.front(), context); });
  if (!node.sink)
    return false;
  const bool columns = check_columns(draft, inputs, node);
  if (node.sink->encodes)
    return bind_encoders(draft, inputs, node) && bind_sealing(draft, node) && columns;
  if (draft.codec)
    context_.findings.error(draft.codec->span, fmt::format("'{}' writes no payloads", draft.name),
                            "remove 'encode'");
  if (draft.sealing)
    context_.findings.error(draft.sealing->span,
                            fmt::format("'{}' writes no payloads to seal", draft.name),
                            "remove 'encrypt'");
  return columns && !draft.codec && !draft.sealing;
}

bool binder::bind_opening(const component_draft& draft, pipeline_node& node) {
  if (!draft.sealing)
    return true;
  node.opening = read_decrypt(core::config{*draft.sealing}, *node.source,
                              {draft.name, file_.name, file_.settings.keyring}, context_.findings);
  if (node.opening)
    node.source->notes.push_back(note(*node.opening));
  return node.opening.has_value();
}

bool binder::bind_sealing(const component_draft& draft, pipeline_node& node) {
  if (!draft.sealing)
    return true;
  node.sealing = read_encrypt(core::config{*draft.sealing}, *node.sink,
                              {draft.name, file_.name, file_.settings.keyring}, context_.findings);
  if (node.sealing)
    node.sink->notes.push_back(note(*node.sealing));
  return node.sealing.has_value();
}

bool binder::check_columns(const component_draft& draft,
                           const std::vector<core::schema_ptr>& inputs, const pipeline_node& node) {
  auto columns = node.sink->headers;
  if (!node.sink->key.empty())
    columns.insert(columns.begin(), node.sink->key);
  bool good = true;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_key = i == 0 && !node.sink->key.empty();
    const auto span = node.config.span(is_key ? "key" : "headers");
    for (const auto& input : inputs) {
      if (input->index_of(columns[i]))
        continue;
      good = false;
      context_.findings.error(
          span.known() ? span : draft.span,
          fmt::format("'{}' has an input without the column '{}'", draft.name,
                      shortened(columns[i])),
          name_hint(columns[i], input->names(), "the columns of that input are"));
    }
  }
  return good;
}

std::optional<core::value> binder::encode_settings(const component_draft& draft,
                                                   const core::bound_sink& sink) {
  if (draft.codec)
    return draft.codec;
  const auto* format = find_format(draft.kind, sink.default_format, catalog_);
  const spec_owner owner{fmt::format("sink '{}' ({})", draft.name, draft.type), draft.span};
  if (!format) {
    context_.findings.error(
        draft.span, fmt::format("{} needs 'encode'", owner.text),
        fmt::format("say how rows become payloads, for example encode: {{format: {}}}",
                    example_format(draft.kind, catalog_)));
    return std::nullopt;
  }
  const core::value written{
      core::value_map{{"format", draft.span, core::value{sink.default_format, draft.span}}},
      draft.span};
  const spec_owner encode{fmt::format("'encode' (format: {}) of {}", format->type, owner.text),
                          draft.span};
  return check_fields(written, codec_fields(draft.kind, format, catalog_), encode, context_);
}

bool binder::bind_encoders(const component_draft& draft,
                           const std::vector<core::schema_ptr>& inputs, pipeline_node& node) {
  const auto checked = encode_settings(draft, *node.sink);
  if (!checked)
    return false;
  const core::config settings{*checked};
  const auto* format = find_format(draft.kind, settings.text("format"), catalog_);
  for (const auto& input : inputs) {
    auto encoder = run(
        draft, [&](const auto& context) { return format->bind_encoder(settings, input, context); });
    if (encoder)
      node.encoders.push_back(std::move(*encoder));
  }
  return node.encoders.size() == inputs.size();
}

} // namespace lepton::pipelines
