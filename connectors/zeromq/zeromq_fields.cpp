#include "connectors/zeromq/zeromq_fields.hpp"

#include "connectors/file/file_path.hpp"
#include "connectors/zeromq/curve_key_pair.hpp"
#include "connectors/zeromq/endpoint.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace lepton::connectors {

namespace {

using core::field_spec;
using core::field_type;

field_spec curve_field() {
  return {
      .name = "curve",
      .type = field_type::object,
      .doc = "Encrypts the connection and proves who both sides are. The side that binds needs "
             "`secret_key` and `clients`, the side that connects `secret_key` and "
             "`server_key`. `lepton curve new NAME FOLDER` makes a key pair.",
      .fields = {
          {.name = "secret_key",
           .doc = "File with the own secret key; only its owner may read it.",
           .required = true},
          {.name = "server_key", .doc = "Public key of the side that binds, or a file with it."},
          {.name = "clients",
           .doc = "File with those who may connect, a line `NAME ROLE PUBLIC_KEY` for each; "
                  "the role is `edge` (may send) or `reader` (may receive). Read again within "
                  "5 s when it was changed; whoever is not in it any more is cut off."},
      }};
}

std::string file_of(std::string text, const core::bind_context& context) {
  if (text.starts_with("file:"))
    text.erase(0, 5);
  return path_from(context.directory, text);
}

/// A key file is looked at where it exists: keys are made on the host that runs the pipeline.
void check_key_file(const std::string& path, bool secret, core::source_span span,
                    const core::bind_context& context) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return;
  if (const auto read = read_curve_key_file(path, secret); !read)
    context.findings->error(span, read.error().message());
}

std::string read_server_key(const core::config& curve, const core::bind_context& context) {
  const auto& text = curve.text("server_key");
  if (is_curve_key(text))
    return text;
  const auto path = file_of(text, context);
  check_key_file(path, false, curve.span("server_key"), context);
  return path;
}

std::optional<curve_settings> read_curve(const core::config& config, bool binds,
                                         const core::bind_context& context) {
  if (!config.has("curve"))
    return std::nullopt;
  const auto curve = config.child("curve");
  curve_settings out;
  out.secret_path = file_of(curve.text("secret_key"), context);
  check_key_file(out.secret_path, true, curve.span("secret_key"), context);
  const char* needed = binds ? "clients" : "server_key";
  const char* other = binds ? "server_key" : "clients";
  if (!curve.has(needed))
    context.findings->error(config.span("curve"),
                            fmt::format("`curve` needs `{}` on the side that {}", needed,
                                        binds ? "binds" : "connects"));
  if (curve.has(other))
    context.findings->error(curve.span(other), fmt::format("`{}` is for the side that {}", other,
                                                           binds ? "connects" : "binds"));
  if (curve.has("clients"))
    out.clients = file_of(curve.text("clients"), context);
  if (curve.has("server_key"))
    out.server_key = read_server_key(curve, context);
  return out;
}

void check_endpoints(const core::config& config, const char* field, bool guarded,
                     const core::bind_context& context) {
  if (!config.has(field) || !config[field].list())
    return;
  for (const auto& each : *config[field].list()) {
    if (!is_endpoint(*each.text()))
      context.findings->error(each.span, fmt::format("'{}' is no endpoint", *each.text()),
                              "write tcp://HOST:PORT, ipc://PATH or inproc://NAME");
    else if (!guarded && !is_local_endpoint(*each.text()))
      context.findings->error(
          each.span,
          fmt::format("'{}' leaves this host, and there is no `curve`: anybody could listen in{}",
                      *each.text(), field == std::string_view{"bind"} ? " and send" : ""),
          "add `curve`, or `insecure: true` if the network is trusted");
  }
}

} // namespace

std::vector<field_spec> zeromq_common_fields() {
  return {
      {.name = "pattern",
       .type = field_type::choice,
       .doc = "`acknowledged`: between two Lepton processes, nothing is lost; credit crosses the "
              "network, and repeats are removed. `push_pull` and `pub_sub`: with any ZeroMQ "
              "program, one message for each record; what is under way is lost when a side dies.",
       .fallback = "acknowledged",
       .choices = {"acknowledged", "push_pull", "pub_sub"}},
      {.name = "bind",
       .type = field_type::list,
       .doc = "Endpoints to listen at, such as tcp://127.0.0.1:5555 or ipc:///run/lepton.ipc."},
      {.name = "connect",
       .type = field_type::list,
       .doc = "Endpoints to connect to; they need not be there yet."},
      curve_field(),
      {.name = "insecure",
       .type = field_type::boolean,
       .doc = "Allows endpoints that leave this host without `curve`.",
       .fallback = "false"},
  };
}

zmq_settings read_zeromq_fields(const core::config& config, const core::bind_context& context) {
  zmq_settings out;
  out.bind = config.texts("bind");
  out.connect = config.texts("connect");
  if (out.bind.empty() == out.connect.empty())
    context.findings->error(config.object().span, "give either `bind` or `connect`",
                            "the side with the fixed address binds, the other connects");
  out.curve = read_curve(config, !out.bind.empty(), context);
  const bool allowed = config.boolean("insecure");
  check_endpoints(config, "bind", out.curve || allowed, context);
  check_endpoints(config, "connect", out.curve || allowed, context);
  if (allowed && !out.curve)
    context.findings->warning(config.span("insecure"),
                              "payloads cross the network in clear, and nobody is asked who he is");
  return out;
}

void refuse_fields(const core::config& config, const core::bind_context& context,
                   std::initializer_list<const char*> fields) {
  for (const auto* field : fields)
    if (config.has(field))
      context.findings->error(config.span(field), fmt::format("`{}` has no meaning with pattern {}",
                                                              field, config.text("pattern")));
}

} // namespace lepton::connectors
