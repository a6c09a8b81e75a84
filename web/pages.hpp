#pragma once

#include "core/metrics.hpp"
#include "web/authoriser.hpp"
#include "web/http_server.hpp"

#include <functional>
#include <string>

namespace lepton::web {

/// What the pages are made from. The functions are called by several threads at once and must be
/// quick; all must be set.
struct pages {
  const core::metrics_registry* metrics = nullptr; ///< outlives the server
  std::function<std::string()> pipeline_json;      ///< the body of /api/v1/pipeline
  std::function<bool()> ready;                     ///< every source and sink is connected
  std::function<bool()> healthy;                   ///< the pipeline runs
  std::string pipeline{};                          ///< its name, as permissions have it
  authoriser may{};         ///< empty: whoever reaches the server may read all pages
  bool open_health = false; ///< /healthz and /readyz need no token
};

/// The page that `request` asks for, or why there is none. Pure apart from what `of` looks at.
http_response answer(const pages& of, const http_request& request);

} // namespace lepton::web
