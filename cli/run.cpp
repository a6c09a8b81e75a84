#include "actors/runtime.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/http_access.hpp"
#include "cli/live_line.hpp"
#include "cli/pipeline_json.hpp"
#include "cli/run_access.hpp"
#include "cli/signals.hpp"
#include "cli/summary.hpp"
#include "cli/vault.hpp"
#include "cli/versions.hpp"
#include "core/units.hpp"
#include "web/server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace lepton::cli {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto look_every = std::chrono::milliseconds{100};

bool bench_mode() {
  const char* set = std::getenv("LEPTON_BENCH");
  return set && std::string_view{set} == "1";
}

/// True if the plan fits into `memory_limit`; else says by how much and what to change.
bool fits(const pipelines::checked_pipeline& pipeline, const pipelines::execution_plan& plan) {
  const auto limit = pipeline.settings.memory_limit;
  if (plan.memory_bound <= limit)
    return true;
  fmt::print(stderr,
             "lepton: the plan may need up to {}, more than settings.memory_limit ({}).\n"
             "  help: raise memory_limit, or lower workers, batch.max_bytes or prefetch; "
             "`lepton plan` shows what needs how much\n",
             core::format_size(plan.memory_bound), core::format_size(limit));
  return false;
}

bool ready(const actors::runtime& running) {
  const auto all = running.connectors();
  return std::all_of(all.begin(), all.end(),
                     [](const auto& one) { return one.connected || one.ended; });
}

/// Finds what is wrong with --http before any record is read.
core::result<void> check_http(const run_command& options) {
  if (options.http.empty())
    return {};
  return web::server::check(options.http, {options.http_certificate, options.http_key},
                            !options.access.folder.empty());
}

core::result<std::unique_ptr<web::server>> serve(const run_command& options,
                                                 const std::optional<audited_access>& control,
                                                 const std::string& name,
                                                 actors::runtime& running) {
  if (options.http.empty())
    return std::unique_ptr<web::server>{};
  web::pages pages;
  pages.metrics = &running.metrics();
  pages.pipeline_json = [&running] { return pipeline_json(running); };
  pages.ready = [&running] { return ready(running); };
  pages.healthy = [] { return true; };
  pages.pipeline = name;
  if (control) {
    auto may = http_authoriser(*control);
    if (!may)
      return may.error().with_context("--access");
    pages.may = std::move(*may);
  }
  return web::server::start(options.http, std::move(pages),
                            {options.http_certificate, options.http_key});
}

/// Opens access control into `control`, if there is any, and asks it about the pipeline. Without it
/// nothing is asked, and nobody listens to the use of keys.
core::result<crypto::key_use_listener> admit(const pipelines::checked_pipeline& pipeline,
                                             const access_options& options,
                                             std::optional<audited_access>& control) {
  if (options.folder.empty())
    return crypto::key_use_listener{};
  auto opened = audited_access::open(options.folder);
  if (!opened)
    return opened.error();
  control = std::move(*opened);
  return check_run(pipeline, *control, options);
}

/// Waits for the end; the first signal drains, the second ends at once.
actors::run_result wait(actors::runtime& running, const opened_vault& vault, signal_waiter& signals,
                        bool bench) {
  live_line line{bench};
  bool first_shown = !bench;
  int signals_seen = 0;
  while (true) {
    const auto pause = first_shown ? look_every : std::chrono::milliseconds{5};
    if (signals.wait_for(pause) != 0) {
      line.clear();
      ++signals_seen;
      spdlog::info(signals_seen == 1 ? "stopping: writing out what is under way"
                                     : "stopping at once");
      signals_seen == 1 ? running.stop() : running.stop_now();
    }
    if (!first_shown)
      if (const auto at = running.first_record_us(); at != 0) {
        fmt::print(stderr, "FIRST {}\n", at);
        first_shown = true;
      }
    if (auto result = running.wait_for(std::chrono::milliseconds{0})) {
      line.clear();
      return *result;
    }
    vault.report(running.metrics());
    line.update(running);
  }
}

} // namespace

int run(const run_command& options) {
  auto pipeline = load_pipeline(options.file);
  if (!pipeline)
    return exit_config;
  auto plan = pipelines::make_plan(*pipeline);
  if (!fits(*pipeline, plan))
    return exit_config;
  const bool bench = bench_mode();
  if (bench)
    fmt::print(stderr, "VERSIONS {}\n", versions_text());
  if (auto checked = check_http(options); !checked) {
    fmt::print(stderr, "lepton: --http: {}\n", checked.error().message());
    return exit_failed;
  }
  std::optional<audited_access> control;
  auto listener = admit(*pipeline, options.access, control);
  if (!listener) {
    fmt::print(stderr, "lepton: access: {}\n", listener.error().message());
    return exit_failed;
  }
  auto vault = open_vault(*pipeline, std::move(*listener));
  if (!vault) {
    fmt::print(stderr, "lepton: settings.keyring: {}\n", vault.error().message());
    return exit_config;
  }
  signal_waiter signals;
  const auto name = pipeline->name;
  const auto start = clock::now();
  auto running =
      actors::runtime::start(std::move(*pipeline), std::move(plan),
                             {.vault = vault->vault, .exit_at_end = options.exit_at_end});
  if (!running) {
    fmt::print(stderr, "lepton: {}\n", running.error().message());
    return exit_failed;
  }
  auto server = serve(options, control, name, **running);
  if (!server) {
    fmt::print(stderr, "lepton: --http: {}\n", server.error().message());
    return exit_failed;
  }
  if (*server)
    spdlog::info("serving metrics and health on {}", (*server)->url());
  const auto result = wait(**running, *vault, signals, bench);
  const std::chrono::duration<double> took = result.at - start;
  const auto sums = totals(**running);
  if (options.exit_at_end || options.file.json)
    fmt::print("{}\n", summary_json(name, sums, took, result));
  if (!options.file.json && !bench)
    fmt::print(stderr, "{}", summary_text(name, sums, took, result));
  if (*server)
    (*server)->stop();
  return result.error.empty() ? exit_ok : exit_failed;
}

} // namespace lepton::cli
