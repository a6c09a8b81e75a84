#pragma once

#include "core/result.hpp"
#include "core/sealing.hpp"
#include "pipelines/checked_pipeline.hpp"

#include <memory>

namespace lepton::cli {

/// Opens the keyring of a pipeline and follows it from then on; null if it has none. Turns core
/// dumps and tracing of this process off. Fails if the keyring cannot be opened, or if it is strict
/// and memory cannot be locked.
core::result<std::shared_ptr<core::vault>> open_vault(const pipelines::checked_pipeline& pipeline);

} // namespace lepton::cli
