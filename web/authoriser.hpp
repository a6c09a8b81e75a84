#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace lepton::web {

/// What is to happen with a request.
struct access_decision {
  enum class kind {
    allowed,
    unknown,   ///< the token proves nothing: 401
    forbidden, ///< the bearer is known and may not: 403
  };
  kind what = kind::unknown;
  std::string reason; ///< for the bearer: what to do about it
};

/// Decides whether the bearer of `token` may use `verb` ("metrics.read") on `resource`
/// ("metrics:card-fraud"). Called by several threads at once. The server knows nothing of how.
using authoriser = std::function<access_decision(std::string_view token, std::string_view verb,
                                                 std::string_view resource)>;

} // namespace lepton::web
