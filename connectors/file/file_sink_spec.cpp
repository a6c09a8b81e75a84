#include "connectors/file/file_path.hpp"
#include "connectors/file/file_sink.hpp"
#include "connectors/file/register.hpp"

namespace lepton::connectors {

namespace {

using core::field_type;

core::field_spec rotate_field() {
  core::field_spec field{
      "rotate", field_type::object,
      "Begin a new file now and then. The file being written is `<path>.part`; a "
      "complete one gets a name with the time, such as alerts.20251124T173000Z."
      "000000.jsonl."};
  field.fields = {{.name = "max_bytes",
                   .type = field_type::size,
                   .doc = "A new file when this one has so many bytes.",
                   .minimum = 1},
                  {.name = "every",
                   .type = field_type::duration,
                   .doc = "A new file when this one is so old.",
                   .minimum = 1e6}};
  return field;
}

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::sink;
  spec.type = "file";
  spec.summary = "Appends each record as a line to a file.";
  spec.doc =
      "Folders that are missing are made. A row counts as delivered when the operating system has "
      "it; `fsync: batch` waits for the disk. A full disk or a missing permission ends the "
      "pipeline with an error; no half line is left behind.";
  spec.fields = {
      {.name = "path",
       .type = field_type::text,
       .doc = "The file; relative to the configuration file.",
       .required = true},
      rotate_field(),
      {.name = "fsync",
       .type = field_type::choice,
       .doc = "When to wait for the disk: `never`, `rotate` (when a file is complete), or "
              "`batch` (each write, slow). A complete file of `rotate` is always on disk before "
              "it gets its name.",
       .fallback = "never",
       .choices = {"never", "rotate", "batch"}}};
  spec.example = "type: file\ninputs: [alerts]\npath: alerts.jsonl\n"
                 "rotate: {max_bytes: 64MiB, every: 1h}\nencode: {format: json}\n";
  return spec;
}

sync_policy policy_of(const std::string& text) {
  return text == "batch"    ? sync_policy::batch
         : text == "rotate" ? sync_policy::rotate
                            : sync_policy::never;
}

std::optional<core::bound_sink> bind(const core::config& config, const core::schema_ptr&,
                                     const core::bind_context& context) {
  file_sink_options options;
  options.path = path_from(context.directory, config.text("path"));
  options.sync = policy_of(config.text("fsync"));
  const auto rotate = config.child("rotate");
  if (rotate.has("max_bytes"))
    options.max_bytes = rotate.size("max_bytes");
  if (rotate.has("every"))
    options.every = rotate.time("every");
  if (is_pattern(options.path) || options.path.ends_with('/')) {
    context.findings->error(config.span("path"), "the path of a file sink must name one file",
                            "for example path: alerts.jsonl");
    return std::nullopt;
  }
  core::bound_sink out;
  out.line_based = true;
  out.make = [options](const core::run_context&) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<file_sink>(options)};
  };
  return out;
}

} // namespace

void register_file_sink(core::catalog& catalog) {
  catalog.add(core::sink_entry{spec(), bind});
}

} // namespace lepton::connectors
