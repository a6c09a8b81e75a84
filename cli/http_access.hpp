#pragma once

#include "core/result.hpp"
#include "web/authoriser.hpp"

#include <string>

namespace lepton::cli {

/// Lets the bearers of tokens read pages as the policy in `folder` says. Who may not although the
/// token is good is written to the audit log, once a minute for the same token and page, which
/// holds no request up.
core::result<web::authoriser> http_authoriser(const std::string& folder);

} // namespace lepton::cli
