#pragma once

#include "pipelines/checked_pipeline.hpp"

#include <string>

namespace lepton::pipelines {

/// The pipeline as a tree for people: each source with what reads it, named and error outputs in
/// brackets, then what happens to failed rows. A component that several streams lead to is drawn
/// once and named again after that. Ends with a newline.
std::string graph_text(const checked_pipeline& pipeline);

/// The pipeline as a Mermaid flowchart; error outputs are dotted. Ends with a newline.
std::string graph_mermaid(const checked_pipeline& pipeline);

/// The pipeline in Graphviz's language; error outputs are dashed. Ends with a newline.
std::string graph_dot(const checked_pipeline& pipeline);

/// Components, their outputs with columns, and edges, as JSON text.
std::string graph_json(const checked_pipeline& pipeline);

} // namespace lepton::pipelines
