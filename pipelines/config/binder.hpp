#pragma once

#include "core/catalog.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/config/component_draft.hpp"
#include "pipelines/config/spec_check.hpp"

#include <optional>
#include <vector>

namespace lepton::pipelines {

/// Binds single components by the functions of the catalog. Knows nothing of the graph.
class binder {
public:
  binder(const file_draft& file, const core::catalog& catalog, spec_context& context)
      : file_{file}, catalog_{catalog}, context_{context} {}

  /// Each fills its part of `node`; false if an error was reported.
  bool bind_source(const component_draft& draft, pipeline_node& node);
  bool bind_transform(const component_draft& draft, const core::schema_ptr& input,
                      pipeline_node& node);
  bool bind_sink(const component_draft& draft, const std::vector<core::schema_ptr>& inputs,
                 pipeline_node& node);

private:
  bool bind_decoder(const component_draft& draft, pipeline_node& node);
  bool bind_encoders(const component_draft& draft, const std::vector<core::schema_ptr>& inputs,
                     pipeline_node& node);
  bool bind_opening(const component_draft& draft, pipeline_node& node);
  bool bind_sealing(const component_draft& draft, pipeline_node& node);
  bool check_columns(const component_draft& draft, const std::vector<core::schema_ptr>& inputs,
                     const pipeline_node& node);
  std::optional<core::value> encode_settings(const component_draft& draft,
                                             const core::bound_sink& sink);
  template <class Bind>
  auto run(const component_draft& draft, Bind&& call);

  const file_draft& file_;
  const core::catalog& catalog_;
  spec_context& context_;
};

} // namespace lepton::pipelines
