#include "web/pages.hpp"

#include "web/metrics_text.hpp"

#include <array>
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
};

constexpr std::array<route, 5> routes{{{"/", start},
                                       {"/metrics", metrics},
                                       {"/healthz", health},
                                       {"/readyz", readiness},
                                       {"/api/v1/pipeline", pipeline}}};

/// False for a name other than localhost: a page of another site may have made its own name point
/// to 127.0.0.1 in order to read what is here (DNS rebinding). An address cannot be made to.
bool trusted(std::string_view host) {
  if (host.starts_with('['))
    return true;
  const auto name = host.substr(0, host.find(':'));
  return name == "localhost" || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

} // namespace

http_response answer(const pages& of, const http_request& request) {
  if (!trusted(request.host))
    return failure(403, "the Host header names another site; use 127.0.0.1 or localhost");
  if (request.method != "GET")
    return failure(405, "only GET is supported");
  for (const auto& route : routes)
    if (route.path == request.path)
      return route.make(of);
  return failure(404, "no such page; the list is at /");
}

} // namespace lepton::web
