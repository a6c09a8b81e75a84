#pragma once

#include "pipelines/plan.hpp"

#include <vector>

namespace lepton::pipelines {

/// Upper bounds of what a pipeline holds in memory, by part. Counts every record between a source
/// and the last sink that has not settled it, once as payload, once as columns and once encoded;
/// see the factors in the source. Models say what they need themselves (`bound_transform::memory`).
std::vector<memory_item> memory_of(const checked_pipeline& pipeline, const execution_plan& plan);

} // namespace lepton::pipelines
