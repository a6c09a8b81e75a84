#include "web/server.hpp"

#include "core/assert.hpp"

#include <utility>

namespace lepton::web {

core::result<std::unique_ptr<server>> server::start(std::string_view address, pages of) {
  LEPTON_ASSERT(of.metrics && of.pipeline_json && of.ready && of.healthy);
  const auto place = parse_loopback(address);
  if (!place)
    return place.error();
  auto http = http_server::start(
      *place, [of = std::move(of)](const http_request& request) { return answer(of, request); });
  if (!http)
    return http.error();
  return std::unique_ptr<server>{new server(std::move(*http))};
}

} // namespace lepton::web
