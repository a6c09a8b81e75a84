#pragma once

#include "cli/access_folder.hpp"
#include "core/result.hpp"
#include "web/authoriser.hpp"

namespace lepton::cli {

/// Lets the bearers of tokens read pages as the policy says. Who may not although the
/// token is good is written to the audit log, once a minute for the same token and page, which
/// holds no request up.
core::result<web::authoriser> http_authoriser(const audited_access& control);

} // namespace lepton::cli
