#pragma once

#include "core/component_spec.hpp"
#include "core/source_span.hpp"
#include "core/value.hpp"
#include "pipelines/checked_pipeline.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// One entry of `inputs:`, with variables replaced.
struct written_input {
  std::string text;
  core::source_span span;
};

/// A component whose own keys were checked, but not yet its neighbours. If `good` is false, its
/// faults are reported and only `kind`, `name`, `span` and `inputs` can be relied on.
struct component_draft {
  core::component_kind kind = core::component_kind::source;
  std::string name;
  core::source_span span; ///< of the name
  bool good = false;

  std::string type;
  std::size_t entry = 0; ///< index into the catalog's list of this kind
  std::vector<written_input> inputs;
  core::value own;                    ///< the fields of the component's spec
  std::optional<core::value> codec;   ///< `decode` or `encode`, with its `format`
  std::optional<core::value> sealing; ///< `decrypt` or `encrypt`
  std::optional<error_policy> on_error;
  core::source_span on_error_span;
  error_limit limit;
  full_policy when_full = full_policy::block;
  std::optional<bool> ordered;
};

/// All of the file, its sections checked one by one.
struct file_draft {
  std::string name;
  pipeline_settings settings;
  std::vector<component_draft> components; ///< sources, transforms, sinks; each in file order
  std::vector<pipeline_test> tests;        ///< names not yet looked up
};

} // namespace lepton::pipelines
