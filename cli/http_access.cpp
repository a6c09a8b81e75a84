#include "cli/http_access.hpp"

#include "cli/access_folder.hpp"
#include "cli/live_policy.hpp"
#include "crypto/audit/audit_log.hpp"

#include <fmt/format.h>

#include <memory>

namespace lepton::cli {

core::result<web::authoriser> http_authoriser(const std::string& folder) {
  auto access = access_control::open(folder);
  if (!access)
    return access.error();
  auto opened = crypto::audit_log::open(access->paths.audit());
  if (!opened)
    return opened.error();
  std::shared_ptr<crypto::audit_log> audit{std::move(*opened)};
  auto policy = live_policy::open(access->paths.policy());
  if (!policy)
    return policy.error();
  return web::authoriser{[tokens = access->tokens, policy = std::move(*policy),
                          audit](std::string_view token, std::string_view verb,
                                 std::string_view resource) {
    using kind = web::access_decision::kind;
    const auto claims = tokens->verify(token, crypto::utc_now());
    if (!claims)
      return web::access_decision{kind::unknown, claims.error().message()};
    if (policy->rules()->may(*claims, verb, resource))
      return web::access_decision{kind::allowed, {}};
    audit->offer({claims->subject, claims->id, std::string{verb}, std::string{resource}, "denied"});
    return web::access_decision{kind::forbidden,
                                fmt::format("{} may not do {} on {}; ask for a role or rule that "
                                            "allows it",
                                            claims->subject, verb, resource)};
  }};
}

} // namespace lepton::cli
