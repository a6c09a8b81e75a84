#include "connectors/blackhole/blackhole_sink.hpp"

#include "connectors/blackhole/register.hpp"

namespace lepton::connectors {

namespace {

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::sink;
  spec.type = "blackhole";
  spec.summary = "Counts records and throws them away.";
  spec.doc = "For measurements and for streams that nobody needs.";
  spec.fields = {{.name = "encode_rows",
                  .type = core::field_type::boolean,
                  .doc =
                      "Make payloads of the rows before they are thrown away, so that this work is "
                      "measured too; needed for an `encode` field.",
                  .fallback = "false"}};
  spec.example = "type: blackhole\ninputs: [score]\n";
  return spec;
}

std::optional<core::bound_sink> bind(const core::config& config, const core::schema_ptr&,
                                     const core::bind_context&) {
  core::bound_sink out;
  out.encodes = config.boolean("encode_rows");
  out.make = [](const core::run_context&) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<blackhole_sink>()};
  };
  return out;
}

} // namespace

core::result<void> blackhole_sink::write(core::encoded_batch_ptr batch) {
  ended_.push_back({std::move(batch), {}});
  return {};
}

core::result<void> blackhole_sink::poll(std::vector<core::sink_completion>& ended) {
  for (auto& one : ended_)
    ended.push_back(std::move(one));
  ended_.clear();
  return {};
}

void register_blackhole(core::catalog& catalog) {
  catalog.add(core::sink_entry{spec(), bind});
}

} // namespace lepton::connectors
