#pragma once

#include "core/diagnostics.hpp"
#include "core/source_span.hpp"
#include "pipelines/config/component_draft.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lepton::pipelines {

/// One input of a component whose origin is found, but not yet which of its outputs is meant.
struct wire {
  std::size_t from = 0; ///< index of the component
  std::string port;     ///< the text behind the dot; may be a pattern; empty = default output
  bool errors = false;  ///< its error output
  bool glob = false;    ///< the user wrote a pattern: outputs that do not fit are passed over
  core::source_span span;
};

/// Who reads whom. All vectors are indexed by component.
struct wire_plan {
  std::vector<std::vector<wire>> inputs;
  std::vector<bool> sound;           ///< false: an input was refused, or it is in a cycle
  std::vector<bool> errors_consumed; ///< something reads `<name>.errors`
  std::vector<std::size_t> order;    ///< each component after its inputs; those in cycles last
  bool all_sound() const noexcept;
};

/// The text of a stream, split at its first dot.
struct stream_text {
  std::string_view component;
  std::string_view port;

  explicit stream_text(std::string_view text);
  bool errors() const noexcept { return port == "errors"; }
};

/// Index of each component's name; of the first one where a name is used twice.
std::unordered_map<std::string_view, std::size_t>
index_names(const std::vector<component_draft>& components);

/// Hint for a stream that does not exist: "did you mean", and the streams there are.
std::string stream_hint(std::string_view text, const std::vector<component_draft>& components);

/// Finds the origin of every input: exact names first, then patterns, which never match a component
/// that depends on the reader. Reports unknown streams, sinks used as inputs, and cycles.
wire_plan connect(const std::vector<component_draft>& components, core::diagnostics& findings);

} // namespace lepton::pipelines
