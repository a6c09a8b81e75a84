#pragma once

#include "cli/access_commands.hpp"
#include "cli/access_folder.hpp"
#include "core/result.hpp"
#include "crypto/vault/keyring_vault.hpp"
#include "pipelines/checked_pipeline.hpp"

namespace lepton::cli {

/// Fails (permission) unless the bearer of the token may open and seal each field that
/// `open_fields` and `seal_fields` of the pipeline name, and returns what writes the use of keys to
/// the audit log. The token counts at the start only.
core::result<crypto::key_use_listener> check_run(const pipelines::checked_pipeline& pipeline,
                                                 const audited_access& control,
                                                 const access_options& options);

} // namespace lepton::cli
