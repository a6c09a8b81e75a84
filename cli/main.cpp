#include "cli/access_commands.hpp"
#include "cli/access_gate.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/exit_codes.hpp"
#include "cli/keys.hpp"
#include "core/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <functional>
#include <string>

namespace {

using namespace lepton;

/// What the command line says, before a command runs.
struct arguments {
  cli::run_command run;
  std::string graph_format = "text";
  std::string list_kind;
  std::string list_type;
  std::string shell;
  std::string folder = "docs/reference";
  std::string curve_name;
  std::string curve_folder = ".";
  std::string log_format = "text";
  std::string log_level = "info";
  bool json = false;
  cli::access_options access;
};

using command = std::function<int(const arguments&)>;

CLI::App* add(CLI::App& app, const char* name, const char* help, command& chosen, command does) {
  auto* sub = app.add_subcommand(name, help);
  sub->callback([&chosen, does = std::move(does)] { chosen = does; });
  return sub;
}

void add_file(CLI::App* sub, arguments& args) {
  sub->add_option("file", args.run.file.path, "Pipeline file (YAML)")->required();
  sub->add_flag("--json", args.run.file.json, "Print JSON");
  sub->add_flag("--deny-warnings", args.run.file.deny_warnings, "Treat warnings as errors");
}

void add_run(CLI::App& app, arguments& args, command& chosen) {
  auto* sub = add(app, "run", "Run a pipeline until SIGINT or SIGTERM", chosen,
                  [](const arguments& a) { return cli::run(a.run); });
  add_file(sub, args);
  sub->add_flag("--exit-at-end", args.run.exit_at_end,
                "End when every source is exhausted and print one line of JSON");
  sub->add_option("--http", args.run.http,
                  "Serve /metrics, /healthz, /readyz and /api/v1/pipeline on 127.0.0.1:PORT; on "
                  "another address only with TLS and --access");
  sub->add_option("--http-cert", args.run.http_certificate, "Certificate of --http (PEM): TLS");
  sub->add_option("--http-key", args.run.http_key, "Its key (PEM)");
}

void add_file_commands(CLI::App& app, arguments& args, command& chosen) {
  add_file(add(app, "validate", "Check a pipeline file; exit code 0 or 78", chosen,
               [](const arguments& a) { return cli::validate(a.run.file); }),
           args);
  add_file(add(app, "plan", "Show actors, threads, batch sizes and memory bounds", chosen,
               [](const arguments& a) { return cli::plan(a.run.file); }),
           args);
  add_file(add(app, "test", "Run the tests of a pipeline file", chosen,
               [](const arguments& a) { return cli::test(a.run.file); }),
           args);
  auto* graph = add(app, "graph", "Draw a pipeline", chosen,
                    [](const arguments& a) { return cli::graph(a.run.file, a.graph_format); });
  add_file(graph, args);
  graph->add_option("--format", args.graph_format, "text, dot, mermaid or json")
      ->check(CLI::IsMember({"text", "dot", "mermaid", "json"}));
}

void add_other_commands(CLI::App& app, arguments& args, command& chosen) {
  auto* list = add(app, "list", "List components, or show one with all its fields", chosen,
                   [](const arguments& a) { return cli::list(a.list_kind, a.list_type, a.json); });
  list->add_option("kind", args.list_kind, "source, transform, sink or format")
      ->check(CLI::IsMember({"source", "transform", "sink", "format"}));
  list->add_option("type", args.list_type, "Component type, e.g. kafka");
  list->add_flag("--json", args.json, "Print JSON");
  add(app, "schema", "Print the JSON Schema of pipeline files", chosen, [](const arguments&) {
    return cli::schema();
  })->add_flag("--json", args.json, "Print JSON (it always is)");
  add(app, "reference", "Write the reference of all components (Markdown)", chosen,
      [](const arguments& a) { return cli::reference(a.folder); })
      ->add_option("folder", args.folder, "Where to write");
  add(app, "completion", "Print the completion script of a shell", chosen,
      [](const arguments& a) {
        fmt::print("{}", cli::completion_script(a.shell).value_or(""));
        return cli::exit_ok;
      })
      ->add_option("shell", args.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  add(app, "version", "Print versions", chosen, [](const arguments& a) {
    return cli::version(a.json);
  })->add_flag("--json", args.json, "Print JSON");
}

void add_curve(CLI::App& app, arguments& args, command& chosen) {
  auto* curve = app.add_subcommand("curve", "Keys that ZeroMQ peers know each other by");
  curve->require_subcommand(1);
  auto* made =
      add(*curve, "new", "Make a key pair: FOLDER/NAME.secret and FOLDER/NAME.public", chosen,
          [](const arguments& a) { return cli::curve_new(a.curve_name, a.curve_folder); });
  made->add_option("name", args.curve_name, "Name of this side, e.g. edge-1")->required();
  made->add_option("folder", args.curve_folder, "Where to write");
}

} // namespace

int main(int argc, char** argv) {
  arguments args;
  command chosen;
  CLI::App app{"Lepton: streaming pipelines with inference in one light process"};
  app.require_subcommand(1);
  app.add_option("--log-format", args.log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--log-level", args.log_level, "trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.fallthrough();
  add_run(app, args, chosen);
  add_file_commands(app, args, chosen);
  add_other_commands(app, args, chosen);
  add_curve(app, args, chosen);
  const auto choose = [&chosen](std::function<int()> does) {
    chosen = [does = std::move(does)](const arguments&) { return does(); };
  };
  cli::add_keys(app, choose);
  cli::add_access(app, args.access, choose);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? cli::exit_ok : cli::exit_usage;
  }
  core::init_log(args.log_format == "json" ? core::log_format::json : core::log_format::text,
                 args.log_level);
  std::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error like any other
  cli::complete(args.access);
  args.run.access = args.access.folder;
  cli::install_access_gate(args.access.folder, args.access.token_file);
  return chosen(args);
}
