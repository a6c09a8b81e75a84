#include "web/server.hpp"

#include "tests/support/certificates.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/process.hpp"
#include "tests/web/exposition.hpp"
#include "tests/web/http_client.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace lepton::web {
namespace {

using testing::HasSubstr;
using tests::http_get;

struct served {
  core::metrics_registry metrics;
  std::atomic<bool> ready{true};
  std::atomic<bool> healthy{true};
  std::unique_ptr<web::server> server;

  served() {
    auto started = web::server::start("127.0.0.1:0", make_pages());
    EXPECT_TRUE(started) << started.error().message();
    server = std::move(*started);
  }
  pages make_pages() {
    return {&metrics, [] { return std::string{R"({"name": "card-fraud"})"}; },
            [this] { return ready.load(); }, [this] { return healthy.load(); }};
  }
  tests::http_reply get(std::string_view path) const { return http_get(server->port(), path); }
};

TEST(server, reports_the_port_it_was_given) {
  const served s;
  EXPECT_GT(s.server->port(), 0);
  EXPECT_EQ(s.server->address(), "127.0.0.1:" + std::to_string(s.server->port()));
}

TEST(server, serves_metrics) {
  served s;
  s.metrics.counter(core::metric::records_in, {{"component", "tx"}}).add(7);
  const auto reply = s.get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.has_header("Content-Type: text/plain; version=0.0.4; charset=utf-8"));
  EXPECT_TRUE(reply.has_header("Connection: close"));
  const auto page = tests::parse_exposition(reply.body);
  EXPECT_EQ(page.value("lepton_records_in_total", "component", "tx"), 7);
  EXPECT_GT(page.value("process_resident_memory_bytes"), 0);
}

TEST(server, tells_whether_the_pipeline_is_healthy_and_ready) {
  served s;
  EXPECT_EQ(s.get("/healthz").status, 200);
  EXPECT_EQ(s.get("/healthz").body, "ok\n");
  EXPECT_EQ(s.get("/readyz").status, 200);
  s.ready = false;
  EXPECT_EQ(s.get("/healthz").status, 200);
  const auto waiting = s.get("/readyz");
  EXPECT_EQ(waiting.status, 503);
  const auto json = nlohmann::json::parse(waiting.body);
  EXPECT_EQ(json["ready"], false);
  EXPECT_EQ(json["reason"], "a source or sink is not connected");
  s.healthy = false;
  EXPECT_EQ(s.get("/healthz").status, 503);
  EXPECT_EQ(nlohmann::json::parse(s.get("/readyz").body)["reason"],
            "the pipeline has ended or failed");
}

TEST(server, serves_the_pipeline_and_a_list_of_pages) {
  const served s;
  const auto pipeline = s.get("/api/v1/pipeline?pretty=1");
  EXPECT_EQ(pipeline.status, 200);
  EXPECT_TRUE(pipeline.has_header("Content-Type: application/json"));
  EXPECT_EQ(nlohmann::json::parse(pipeline.body)["name"], "card-fraud");
  const auto start = s.get("/");
  EXPECT_EQ(start.status, 200);
  EXPECT_TRUE(start.has_header("Content-Type: text/html"));
  for (const char* path : {"/metrics", "/healthz", "/readyz", "/api/v1/pipeline"})
    EXPECT_THAT(start.body, HasSubstr("href=\"" + std::string{path} + "\""));
}

TEST(server, answers_anything_else_with_an_error_in_json) {
  const served s;
  for (const char* path : {"/metric", "/metrics/", "/../etc/passwd", "/api/v1", "//metrics"}) {
    const auto reply = s.get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_TRUE(nlohmann::json::parse(reply.body).contains("error"));
  }
}

TEST(server, supports_only_get) {
  const served s;
  const auto post = tests::http_exchange(
      s.server->port(),
      "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(post.status, 405);
  EXPECT_TRUE(post.has_header("Allow: GET"));
  EXPECT_EQ(nlohmann::json::parse(post.body)["error"], "only GET is supported");
  EXPECT_EQ(
      tests::http_exchange(s.server->port(), "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").status,
      405);
  EXPECT_EQ(tests::http_exchange(s.server->port(), "nonsense\r\n\r\n").status, 400);
}

TEST(server, refuses_names_that_a_foreign_page_may_have_chosen) {
  const served s;
  for (const char* host : {"127.0.0.1:9090", "localhost", "localhost:1", "[::1]:9090", "127.0.0.1"})
    EXPECT_EQ(http_get(s.server->port(), "/", host).status, 200) << host;
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example"})
    EXPECT_EQ(http_get(s.server->port(), "/", host).status, 403) << host;
}

TEST(server, hides_what_a_page_threw) {
  served s;
  auto of = s.make_pages();
  of.pipeline_json = []() -> std::string { throw std::runtime_error{"secret"}; };
  const auto other = web::server::start("127.0.0.1:0", std::move(of));
  ASSERT_TRUE(other);
  const auto reply = http_get((*other)->port(), "/api/v1/pipeline");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ((reply.head + reply.body).find("secret"), std::string::npos);
}

TEST(server, says_that_the_port_is_in_use) {
  served s;
  const auto second = web::server::start(s.server->address(), s.make_pages());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), core::errc::invalid_argument);
  EXPECT_THAT(second.error().message(), HasSubstr(s.server->address() + " is in use"));
  EXPECT_EQ(s.get("/healthz").status, 200); // the first one goes on
}

access_decision decide(std::string_view token, std::string_view verb, std::string_view resource) {
  using kind = access_decision::kind;
  if (token != "good" && token != "poor")
    return {kind::unknown, "the token \"expired\""};
  const bool may = token == "good" || verb == "health.read";
  EXPECT_TRUE(resource.ends_with(":small")) << resource;
  return {may ? kind::allowed : kind::forbidden, "ask for a role"};
}

tests::http_reply get_with(int port, const std::string& path, const std::string& headers) {
  return tests::http_exchange(port, "GET " + path + " HTTP/1.1\r\nHost: a.example\r\n" + headers +
                                        "\r\n");
}

TEST(server, listens_to_other_machines_only_with_tls_and_tokens) {
  served s;
  tests::certificates authority;
  authority.issue("server");
  const tls_files tls{authority.certificate("server"), authority.key("server")};
  std::filesystem::permissions(tls.key, std::filesystem::perms{0600});
  auto with_tokens = s.make_pages();
  with_tokens.may = decide;
  const auto nothing = web::server::start("0.0.0.0:0", s.make_pages());
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message(), HasSubstr("both are missing"));
  EXPECT_THAT(web::server::start("[::]:0", s.make_pages(), tls).error().message(),
              HasSubstr("tokens are missing"));
  EXPECT_THAT(web::server::start("0.0.0.0:0", with_tokens).error().message(),
              HasSubstr("TLS is missing"));
  const auto half = web::server::start("127.0.0.1:0", s.make_pages(), {tls.certificate, ""});
  EXPECT_THAT(half.error().message(), HasSubstr("--http-key"));
  std::filesystem::permissions(tls.key, std::filesystem::perms{0644});
  EXPECT_THAT(web::server::start("127.0.0.1:0", s.make_pages(), tls).error().message(),
              HasSubstr("chmod 600"));
}

TEST(server, asks_for_a_token_and_says_what_to_do) {
  served s;
  auto of = s.make_pages();
  of.may = decide;
  of.pipeline = "small";
  const auto server = web::server::start("127.0.0.1:0", std::move(of));
  ASSERT_TRUE(server);
  const int port = (*server)->port();
  EXPECT_EQ(get_with(port, "/metrics", "Authorization: Bearer good\r\n").status, 200);
  EXPECT_EQ(get_with(port, "/metrics", "authorization: bearer good\r\n").status, 200);
  for (const char* headers : {"", "Authorization: good\r\n", "Authorization: Basic good\r\n",
                              "Authorization: Bearer \r\n", "Authorization: Bearer bad\r\n",
                              "Authorization: Bearer good\r\nAuthorization: Bearer good\r\n"}) {
    const auto reply = get_with(port, "/metrics", headers);
    EXPECT_EQ(reply.status, 401) << headers;
    EXPECT_TRUE(reply.has_header("WWW-Authenticate: Bearer"));
    EXPECT_TRUE(nlohmann::json::parse(reply.body).contains("error"));
  }
  const auto poor = get_with(port, "/metrics", "Authorization: Bearer poor\r\n");
  EXPECT_EQ(poor.status, 403);
  EXPECT_EQ(nlohmann::json::parse(poor.body)["error"], "ask for a role");
  EXPECT_EQ(get_with(port, "/", "Authorization: Bearer poor\r\n").status, 200);
  EXPECT_EQ(get_with(port, "/healthz", "").status, 200) << "open on loopback";
}

TEST(server, speaks_tls_1_2_and_newer_and_survives_clients_that_do_not) {
  served s;
  tests::certificates authority;
  authority.issue("server");
  const tls_files tls{authority.certificate("server"), authority.key("server")};
  std::filesystem::permissions(tls.key, std::filesystem::perms{0600});
  const auto server = web::server::start("127.0.0.1:0", s.make_pages(), tls);
  ASSERT_TRUE(server) << server.error().message();
  const auto curl = [&](std::vector<std::string> more) {
    tests::process_options options;
    options.program = "curl";
    options.arguments = {"-s", "--cacert", authority.authority().string()};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    options.arguments.push_back((*server)->url() + "/metrics");
    return tests::run_process(options, std::chrono::seconds{20});
  };
  EXPECT_EQ(http_get((*server)->port(), "/metrics").status, 0) << "no TLS";
  const auto silent = tests::connection{(*server)->port()};
  EXPECT_THAT(curl({}).standard_output, HasSubstr("process_resident_memory_bytes"));
  EXPECT_TRUE(curl({"--tls-max", "1.2"}).status.ok());
  EXPECT_FALSE(curl({"--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"}).status.ok());
  const auto start = std::chrono::steady_clock::now();
  (*server)->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{2});
}

TEST(server, shows_a_new_certificate_without_a_restart_once_its_files_fit_together) {
  served s;
  tests::certificates old_authority;
  tests::certificates new_authority;
  old_authority.issue("server");
  new_authority.issue("server");
  const tests::temp_dir folder{"tls"};
  const tls_files tls{folder / "server.pem", folder / "server.key"};
  const auto install = [](const std::filesystem::path& from, const std::string& to) {
    std::filesystem::copy_file(from, to + ".new");
    std::filesystem::permissions(to + ".new", std::filesystem::perms{0600});
    std::filesystem::rename(to + ".new", to);
  };
  install(old_authority.certificate("server"), tls.certificate);
  install(old_authority.key("server"), tls.key);
  const auto server = web::server::start("127.0.0.1:0", s.make_pages(), tls);
  ASSERT_TRUE(server) << server.error().message();
  const auto trusted_by = [&](const tests::certificates& authority) {
    tests::process_options options;
    options.program = "curl";
    options.arguments = {"-s", "--cacert", authority.authority().string(),
                         (*server)->url() + "/healthz"};
    return tests::run_process(options, std::chrono::seconds{20}).status.ok();
  };
  EXPECT_TRUE(trusted_by(old_authority));
  install(new_authority.certificate("server"), tls.certificate);
  std::this_thread::sleep_for(std::chrono::milliseconds{1100}); // it looks once a second
  EXPECT_TRUE(trusted_by(old_authority)) << "the key is still the old one";
  install(new_authority.key("server"), tls.key);
  EXPECT_TRUE(
      tests::eventually(std::chrono::seconds{10}, [&] { return trusted_by(new_authority); }));
  EXPECT_FALSE(trusted_by(old_authority));
}

TEST(server, gives_the_port_back_when_it_stops) {
  served s;
  const auto address = s.server->address();
  const auto port = s.server->port();
  EXPECT_EQ(s.get("/").status, 200);
  s.server->stop();
  s.server->stop();
  EXPECT_THROW(http_get(port, "/"), std::system_error);
  const auto again = web::server::start(address, s.make_pages());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(http_get(port, "/").status, 200);
}

TEST(server, stops_at_once_while_clients_say_nothing) {
  served s;
  const auto first = tests::connection{s.server->port()};
  const auto second = tests::connection{s.server->port()};
  const auto third = tests::connection{s.server->port()};
  tests::send_all(second.get(), "GET / HT");
  const auto start = std::chrono::steady_clock::now();
  s.server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{2});
}

TEST(server, is_scraped_while_counters_move) {
  served s;
  auto& counts = s.metrics.counter(core::metric::records_in, {{"component", "tx"}});
  auto& times = s.metrics.histogram(core::metric::process_seconds, {{"component", "tx"}});
  std::atomic<bool> stop{false};
  std::thread worker{[&] {
    for (std::int64_t i = 0; !stop; ++i) {
      counts.add();
      times.record(i % 10'000'000);
      s.metrics.counter(core::metric::records_out, {{"component", std::to_string(i % 50)}}).add();
    }
  }};
  const auto scrape = [&] {
    double last = 0;
    for (int i = 0; i < 20; ++i) {
      const auto reply = s.get("/metrics");
      ASSERT_EQ(reply.status, 200);
      const auto page = tests::parse_exposition(reply.body);
      const auto now = page.value("lepton_records_in_total", "component", "tx");
      EXPECT_GE(now, last);
      last = now;
      EXPECT_EQ(page.value("lepton_process_seconds_bucket", "le", "+Inf"),
                page.value("lepton_process_seconds_count"));
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back(scrape);
  for (auto& client : clients)
    client.join();
  stop = true;
  worker.join();
}

} // namespace
} // namespace lepton::web
