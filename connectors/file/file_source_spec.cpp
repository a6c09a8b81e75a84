#include "connectors/file/file_path.hpp"
#include "connectors/file/file_source.hpp"
#include "connectors/file/register.hpp"
#include "connectors/lines/line_fields.hpp"

namespace lepton::connectors {

namespace {

using core::field_type;

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::source;
  spec.type = "file";
  spec.summary = "Reads the lines of files, to their end or following them.";
  spec.doc = "Each line is a record, each file a partition, and the offset of a record is the "
             "position of its "
             "line in bytes. Empty lines are left out. With `follow`, a file that is renamed and "
             "made anew "
             "(rotation) or cut off is read on; `--exit-at-end` turns it off. The source does not "
             "remember how "
             "far it came: the next run begins again.";
  spec.fields = {
      {.name = "path",
       .type = field_type::text,
       .doc = "A file, or a pattern with * ? [ ] for several; relative to the configuration "
              "file.",
       .required = true},
      {.name = "follow",
       .type = field_type::boolean,
       .doc = "Wait for more at the end of a file, and for files that are not there yet.",
       .fallback = "false"},
      {.name = "start",
       .type = field_type::choice,
       .doc = "Where to begin in files that are there at the start; `end` needs `follow`.",
       .fallback = "beginning",
       .choices = {"beginning", "end"}}};
  for (auto& field : line_fields())
    spec.fields.push_back(std::move(field));
  spec.example = "type: file\npath: payments/*.jsonl\nfollow: true\n"
                 "decode: {format: json, schema: {card_id: int64, amount: float64}}\n";
  return spec;
}

std::optional<core::bound_source> bind(const core::config& config,
                                       const core::bind_context& context) {
  file_source_options options;
  options.path = path_from(context.directory, config.text("path"));
  options.tail = {read_line_options(config), config.boolean("follow")};
  options.from_end = config.text("start") == "end";
  if (options.from_end && !options.tail.follow) {
    context.findings->error(config.span("start"), "'start: end' without 'follow' reads nothing",
                            "add follow: true, or leave start out");
    return std::nullopt;
  }
  core::bound_source out;
  out.line_based = true;
  out.batch = {4096, 1 << 20};
  out.memory = 4 << 20;
  out.make =
      [options](const core::run_context& run) -> core::result<std::unique_ptr<core::source>> {
    auto own = options;
    own.tail.follow = own.tail.follow && !run.exit_at_end;
    own.from_end = own.from_end && own.tail.follow;
    return std::unique_ptr<core::source>{std::make_unique<file_source>(std::move(own))};
  };
  return out;
}

} // namespace

void register_file_source(core::catalog& catalog) {
  catalog.add(core::source_entry{spec(), bind});
}

} // namespace lepton::connectors
