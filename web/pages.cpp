#include "web/pages.hpp"

#include "web/metrics_text.hpp"

#include <array>
#include <cctype>
#include <optional>
#include <string_view>

namespace lepton::web {

namespace {

constexpr const char* json = "application/json";
constexpr const char* plain = "text/plain; charset=utf-8";

constexpr const char* start_page = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Lepton</title></head>
<body>
<h1>Lepton</h1>
<ul>
<li><a href="/metrics">/metrics</a>: metrics for Prometheus</li>
<li><a href="/healthz">/healthz</a>: does the pipeline run?</li>
<li><a href="/readyz">/readyz</a>: is every source and sink connected?</li>
<li><a href="/api/v1/pipeline">/api/v1/pipeline</a>: the pipeline and its state, as JSON</li>
</ul>
</body>
</html>
)";

/// `message` is ours and needs no escaping.
http_response failure(int status, std::string_view message) {
  return {status, json, "{\"error\": \"" + std::string{message} + "\"}\n"};
}

http_response start(const pages&) {
  return {200, "text/html; charset=utf-8", start_page};
}

http_response metrics(const pages& of) {
  return {200, "text/plain; version=0.0.4; charset=utf-8",
          metrics_text(*of.metrics, read_process_usage())};
}

http_response health(const pages& of) {
  return of.healthy() ? http_response{200, plain, "ok\n"}
                      : http_response{503, plain, "the pipeline has ended or failed\n"};
}

http_response readiness(const pages& of) {
  if (!of.healthy())
    return {503, json, "{\"ready\": false, \"reason\": \"the pipeline has ended or failed\"}\n"};
  if (!of.ready())
    return {503, json, "{\"ready\": false, \"reason\": \"a source or sink is not connected\"}\n"};
  return {200, json, "{\"ready\": true}\n"};
}

http_response pipeline(const pages& of) {
  return {200, json, of.pipeline_json()};
}

struct route {
  std::string_view path;
  http_response (*make)(const pages&);
  std::string_view kind; ///< of the resource that is read
  bool is_health = false;
};

constexpr std::array<route, 5> routes{{{"/", start, "health"},
                                       {"/metrics", metrics, "metrics"},
                                       {"/healthz", health, "health", true},
                                       {"/readyz", readiness, "health", true},
                                       {"/api/v1/pipeline", pipeline, "pipeline"}}};

/// False for a name other than localhost: a page of another site may have made its own name point
/// to 127.0.0.1 in order to read what is here (DNS rebinding). An address cannot be made to.
bool trusted(std::string_view host) {
  if (host.starts_with('['))
    return true;
  const auto name = host.substr(0, host.find(':'));
  return name == "localhost" || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// The token of "Bearer TOKEN"; empty on anything else.
std::string_view bearer_token(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() <= scheme.size())
    return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(header[i])) != scheme[i])
      return {};
  return header.substr(scheme.size());
}

/// `text` as it may stand within a JSON string.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

/// Nothing if the request may have the page.
std::optional<http_response> refusal(const pages& of, const route& to,
                                     const http_request& request) {
  if (!of.may || (of.open_health && to.is_health))
    return std::nullopt;
  const auto token = bearer_token(request.authorization);
  if (token.empty())
    return failure(401, "a token is needed: send the header `Authorization: Bearer TOKEN` once; "
                        "`lepton token issue` prints one");
  const auto decision =
      of.may(token, std::string{to.kind} + ".read", std::string{to.kind} + ":" + of.pipeline);
  if (decision.what == access_decision::kind::allowed)
    return std::nullopt;
  return failure(decision.what == access_decision::kind::forbidden ? 403 : 401,
                 escaped(decision.reason));
}

} // namespace

http_response answer(const pages& of, const http_request& request) {
  // A page cannot guess a token, and with tokens the server has a name of its own.
  if (!of.may && !trusted(request.host))
    return failure(403, "the Host header names another site; use 127.0.0.1 or localhost");
  if (request.method != "GET")
    return failure(405, "only GET is supported");
  for (const auto& route : routes)
    if (route.path == request.path) {
      auto refused = refusal(of, route, request);
      return refused ? std::move(*refused) : route.make(of);
    }
  return failure(404, "no such page; the list is at /");
}

} // namespace lepton::web
