#pragma once

#include "core/codec.hpp"
#include "core/component_spec.hpp"
#include "core/diagnostics.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"
#include "core/sink.hpp"
#include "core/source.hpp"
#include "core/transform.hpp"
#include "core/value.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lepton::core {

class vault; // core/sealing.hpp

/// What a component may know of the pipeline around it while it is checked and bound.
struct bind_context {
  std::string component; ///< the user's name of this component
  std::string pipeline;  ///< the user's name of the pipeline
  std::string directory; ///< of the configuration file; relative paths start here
  duration latency_target{0};
  int workers = 1;                 ///< replicas of each transform
  bool sealed = false;             ///< sink: its payloads are sealed (`encrypt`)
  bool has_keyring = false;        ///< `run_context::vault` will be set
  std::string tenant;              ///< of settings.keyring; may be empty
  diagnostics* findings = nullptr; ///< never null; spans are in the component's config
};

/// What a component gets when the pipeline is started.
struct run_context {
  std::string component;
  std::string pipeline;
  metrics_registry* metrics = nullptr; ///< never null; outlives the component
  core::vault* vault = nullptr; ///< null: the pipeline has no keyring; outlives the component
  bool exit_at_end = false;
  int instance = 0; ///< 0 .. instances - 1
};

/// A source whose configuration was found good.
struct bound_source {
  /// The connector brings its own decoder and schema (generator); else both are empty and the
  /// `decode:` field of the component says which format to use.
  schema_ptr schema;
  std::function<std::unique_ptr<decoder>()> make_decoder;
  int instances = 1;
  bool line_based = false; ///< records are lines of text: sealed ones are in base64
  bool has_topics = false; ///< records come from topics that their writers know by the same name
  bool ordered = true;     ///< batches of one partition must stay in order by default
  poll_budget batch{1024, 1 << 20}; ///< upper bounds of one batch
  std::int64_t memory = 0; ///< bytes that all instances may hold before a batch is handed out
  std::vector<std::string> notes; ///< lines for `lepton plan`
  std::function<result<std::unique_ptr<source>>(const run_context&)> make;
};

/// A sink whose configuration was found good.
struct bound_sink {
  bool encodes = true; ///< false: it only counts, nothing is encoded for it
  int instances = 1;
  bool line_based = false; ///< records are lines of text: sealed ones are in base64
  bool per_record = false; ///< it follows each record by itself: batches cannot be sealed as one
  std::string topic;       ///< what sealed records are bound to by default; empty: the component
  std::shared_ptr<const partitioner> partitions; ///< null: its peer has none
  std::string key;                  ///< column whose text is the record's key; empty = no key
  std::vector<std::string> headers; ///< columns that become headers
  /// `encode:` that is meant when the user gives none: a format name, e.g. "json".
  std::string default_format = "json";
  std::int64_t credit_records = 65536; ///< written but not settled, at most (plus one batch)
  std::int64_t credit_bytes = 16 << 20;
  std::vector<std::string> notes;
  std::function<result<std::unique_ptr<sink>>(const run_context&)> make;
};

/// Where a transform runs.
enum class placement {
  fused,     ///< with its neighbours in one actor
  inference, ///< in an actor of its own that makes one call of all waiting batches
  alone,     ///< in an actor of its own
};

struct output_port {
  std::string name; ///< empty = the default output; else reached as `<component>.<name>`
  schema_ptr schema;
};

/// A transform whose configuration was found good for one input schema.
struct bound_transform {
  std::vector<output_port> outputs; ///< port i of `emitter::emit`
  std::vector<std::string> reads;   ///< columns of the input that it looks at itself
  bool passes_columns = true; ///< columns of the same name in an output are those of the input
  placement where = placement::fused;
  std::int64_t preferred_rows = 0; ///< inference: rows that make one call efficient; 0 = any
  duration max_queue_delay{0};     ///< inference: how long to wait for `preferred_rows`
  std::int64_t memory = 0;         ///< bytes of one replica, without batches
  std::vector<std::string> notes;  ///< lines for `lepton plan`, e.g. "backend: native (AVX2)"
  std::function<result<std::unique_ptr<transform>>(const run_context&)> make;
};

struct bound_decoder {
  schema_ptr schema;
  std::function<std::unique_ptr<decoder>()> make;
};

struct bound_encoder {
  std::vector<std::string> reads; ///< columns that it writes
  std::function<std::unique_ptr<encoder>()> make;
};

/// Binding: checks what the spec alone cannot (columns, files, other fields), reports into
/// `context.findings`, and returns nothing if it reported an error.
using bind_source = std::function<std::optional<bound_source>(const config&, const bind_context&)>;
using bind_sink = std::function<std::optional<bound_sink>(const config&, const schema_ptr& input,
                                                          const bind_context&)>;
using bind_transform = std::function<std::optional<bound_transform>(
    const config&, const schema_ptr& input, const bind_context&)>;
using bind_decoder =
    std::function<std::optional<bound_decoder>(const config&, const bind_context&)>;
using bind_encoder = std::function<std::optional<bound_encoder>(
    const config&, const schema_ptr& input, const bind_context&)>;

struct source_entry {
  component_spec spec;
  bind_source bind;
};
struct sink_entry {
  component_spec spec;
  bind_sink bind;
};
struct transform_entry {
  component_spec spec;
  bind_transform bind;
};
/// A payload format. `decode` and `encode` fields are those below `decode:` and `encode:`, without
/// `format` itself. A format may lack one direction (empty function).
struct format_entry {
  std::string type;
  std::string summary;
  std::vector<field_spec> decode_fields;
  std::vector<field_spec> encode_fields;
  core::bind_decoder bind_decoder;
  core::bind_encoder bind_encoder;
};

/// Every component type of this build. Filled once by each folder's `register_all`.
class catalog {
public:
  void add(source_entry entry) { sources_.push_back(std::move(entry)); }
  void add(sink_entry entry) { sinks_.push_back(std::move(entry)); }
  void add(transform_entry entry) { transforms_.push_back(std::move(entry)); }
  void add(format_entry entry) { formats_.push_back(std::move(entry)); }

  const std::vector<source_entry>& sources() const noexcept { return sources_; }
  const std::vector<sink_entry>& sinks() const noexcept { return sinks_; }
  const std::vector<transform_entry>& transforms() const noexcept { return transforms_; }
  const std::vector<format_entry>& formats() const noexcept { return formats_; }

private:
  std::vector<source_entry> sources_;
  std::vector<sink_entry> sinks_;
  std::vector<transform_entry> transforms_;
  std::vector<format_entry> formats_;
};

} // namespace lepton::core
