#pragma once

#include "core/catalog.hpp"
#include "core/units.hpp"
#include "core/value.hpp"
#include "pipelines/sealing/sealing_settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// What happens to a row that could not be decoded, evaluated, scored, encoded or written.
enum class error_policy {
  route, ///< to `<component>.errors`
  drop,  ///< counted and forgotten
  stop,  ///< the pipeline ends with exit code 1
};

/// Ends the pipeline when too many rows fail, instead of draining a topic into its dead letters.
struct error_limit {
  double share = 1.0; ///< of the last `of_last` rows; 1 = no limit
  std::int64_t of_last = 1000;
  std::int64_t in_a_row = 0; ///< 0 = no limit
};

/// What a sink's senders do when it grants no credit.
enum class full_policy { block, drop_newest };

/// One output of a component.
struct stream_ref {
  std::size_t node = 0; ///< index into `checked_pipeline::nodes`
  std::size_t port = 0; ///< index into its `outputs`; not used if `errors`
  bool errors = false;  ///< its error output (schema: core::error_schema())

  friend auto operator<=>(const stream_ref&, const stream_ref&) = default;
};

/// One source, transform or sink of the user's file, checked and bound.
struct pipeline_node {
  core::component_kind kind = core::component_kind::source;
  std::string name;
  std::string type;
  core::source_span span;                 ///< of the name
  core::config config;                    ///< checked, defaults filled in
  std::vector<stream_ref> inputs;         ///< transform, sink
  std::vector<core::output_port> outputs; ///< source: one; transform: its ports; sink: none
  error_policy on_error = error_policy::stop;
  bool errors_consumed = false; ///< something reads `<name>.errors`
  error_limit limit;
  full_policy when_full = full_policy::block; ///< sink

  std::optional<core::bound_source> source;
  std::optional<core::bound_decoder>
      decoder;               ///< source: `make_decoder` of the connector or `decode:`
  std::string decode_format; ///< source: `decode.format`; empty if the connector brings the decoder
  bool ordered = true;       ///< source: `ordering: partition`
  std::optional<input_opening> opening; ///< source: `decrypt`
  std::optional<core::bound_transform> transform;
  std::optional<core::bound_sink> sink;
  std::vector<core::bound_encoder> encoders; ///< sink that encodes: one for each input
  std::optional<output_sealing> sealing;     ///< sink: `encrypt`
};

enum class delivery_guarantee { at_least_once };

struct pipeline_settings {
  delivery_guarantee delivery = delivery_guarantee::at_least_once;
  core::duration latency_target{50'000'000};
  std::int64_t memory_limit = 1LL << 30;
  int workers = 1;                               ///< replicas of the transforms
  core::duration stop_timeout{30'000'000'000};   ///< drain at most this long when stopped
  int restart_limit = 5;                         ///< restarts of workers ...
  core::duration restart_window{60'000'000'000}; ///< ... within this time, then the pipeline fails
  std::optional<keyring_settings> keyring;
};

/// One entry of `tests:`. Values are as the user wrote them.
struct pipeline_test {
  std::string name;
  core::source_span span;
  std::vector<core::value_entry> insert; ///< source name -> list of rows (mappings)
  std::vector<core::value_entry> expect; ///< stream name -> list of conditions, or {count: N, ...}
};

/// The user's file after every check passed: nodes in topological order (each after its inputs).
struct checked_pipeline {
  std::string name;
  std::string directory; ///< of the file; relative paths start here
  pipeline_settings settings;
  std::vector<pipeline_node> nodes;
  std::vector<pipeline_test> tests;

  /// "score", "route.high" or "tx.errors".
  std::string stream_name(const stream_ref& stream) const;
  /// The schema of a stream.
  core::schema_ptr stream_schema(const stream_ref& stream) const;
};

} // namespace lepton::pipelines
