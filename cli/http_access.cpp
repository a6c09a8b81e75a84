#include "cli/http_access.hpp"

#include "cli/access_folder.hpp"
#include "cli/live_policy.hpp"
#include "crypto/audit/audit_log.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>

namespace lepton::cli {

namespace {

constexpr auto silence = std::chrono::minutes{1};
constexpr std::size_t most_remembered = 1000;

/// Tells which refusals are new. Whoever may not, and asks again and again, must not fill the disk:
/// without place for the audit log nobody could administer anything. Thread-safe.
class recent_refusals {
public:
  /// False if the same was refused to the same token within the last minute.
  bool is_new(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    const std::scoped_lock guard{mutex_};
    if (const auto found = seen_.find(what); found != seen_.end() && now - found->second < silence)
      return false;
    if (seen_.size() >= most_remembered)
      std::erase_if(seen_, [&](const auto& one) { return now - one.second >= silence; });
    if (seen_.size() >= most_remembered)
      return false;
    seen_[what] = now;
    return true;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> seen_;
};

} // namespace

core::result<web::authoriser> http_authoriser(const audited_access& control) {
  auto policy = live_policy::open(control.access.paths.policy());
  if (!policy)
    return policy.error();
  return web::authoriser{
      [tokens = control.access.tokens, policy = std::move(*policy), audit = control.audit,
       refused = std::make_shared<recent_refusals>()](std::string_view token, std::string_view verb,
                                                      std::string_view resource) {
        using kind = web::access_decision::kind;
        const auto claims = tokens->verify(token, crypto::utc_now());
        if (!claims)
          return web::access_decision{kind::unknown, claims.error().message()};
        if (policy->rules()->may(*claims, verb, resource))
          return web::access_decision{kind::allowed, {}};
        if (refused->is_new(fmt::format("{} {} {}", claims->id, verb, resource)))
          audit->offer(
              {claims->subject, claims->id, std::string{verb}, std::string{resource}, "denied"});
        return web::access_decision{
            kind::forbidden, fmt::format("{} may not do {} on {}; ask for a role or rule that "
                                         "allows it",
                                         claims->subject, verb, resource)};
      }};
}

} // namespace lepton::cli
