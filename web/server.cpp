#include "web/server.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace lepton::web {

namespace {

/// Whether `place` may be listened on with what protects it.
core::result<void> check_exposure(const listen_address& place, const tls_files& tls,
                                  bool has_tokens) {
  if (tls.certificate.empty() != tls.key.empty())
    return core::error{core::errc::invalid_argument, "TLS needs both --http-cert and --http-key"};
  if (place.is_loopback() || (tls.given() && has_tokens))
    return {};
  return core::error{
      core::errc::invalid_argument,
      fmt::format("{} can be reached from other machines, which needs both TLS (--http-cert and "
                  "--http-key) and tokens (--access); {} missing. Or listen on 127.0.0.1",
                  place.text(),
                  tls.given()  ? "tokens are"
                  : has_tokens ? "TLS is"
                               : "both are")};
}

} // namespace

core::result<void> server::check(std::string_view address, const tls_files& tls, bool has_tokens) {
  const auto place = parse_listen_address(address);
  if (!place)
    return place.error();
  LEPTON_TRY(check_exposure(*place, tls, has_tokens));
  if (!tls.given())
    return {};
  const auto context = tls_context::load(tls);
  return context ? core::result<void>{} : context.error();
}

core::result<std::unique_ptr<server>> server::start(std::string_view address, pages of,
                                                    const tls_files& tls) {
  LEPTON_ASSERT(of.metrics && of.pipeline_json && of.ready && of.healthy);
  const auto place = parse_listen_address(address);
  if (!place)
    return place.error();
  LEPTON_TRY(check_exposure(*place, tls, static_cast<bool>(of.may)));
  of.open_health = place->is_loopback();
  std::shared_ptr<live_tls> certificate;
  if (tls.given()) {
    auto loaded = live_tls::load(tls);
    if (!loaded)
      return loaded.error();
    certificate = std::move(*loaded);
  }
  auto http = http_server::start(
      *place, [of = std::move(of)](const http_request& request) { return answer(of, request); }, {},
      std::move(certificate));
  if (!http)
    return http.error();
  return std::unique_ptr<server>{new server(std::move(*http), tls.given())};
}

} // namespace lepton::web
