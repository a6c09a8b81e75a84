// Access control of pipelines that run: sealed fields, pages over HTTP, the audit log.
#include "tests/integration/access_folder.hpp"
#include "tests/support/certificates.hpp"

#include <sys/resource.h>

#include <filesystem>

namespace lepton::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr int failed = 1;

constexpr const char* endless = R"(pipeline: small
sources:
  tx: {type: generator, kind: cards, rate: 2000}
sinks:
  out: {type: blackhole, inputs: [tx]}
)";

class access_run : public access_folder {};

TEST_F(access_run, refuses_admin_verbs_that_it_cannot_record_while_a_pipeline_goes_on) {
  const auto file = folder.write("small.yaml", endless).string();
  running_server pipeline{lepton({"run", file, "--http", "127.0.0.1:0"}, as("")), ""};
  const auto viewer = token("vera", "viewer");
  const auto records = [&] {
    const auto text = pipeline.get("/metrics", viewer).body;
    const auto at = text.find("\nlepton_records_in_total{");
    return at == std::string::npos ? 0.0 : std::stod(text.substr(text.find("} ", at) + 2));
  };
  ASSERT_TRUE(eventually(30s, [&] { return records() > 0; }));
  // From here on, no file of either process may grow beyond the audit log.
  const auto size = fs::file_size(audit_log());
  const rlimit limit{size, size};
  ASSERT_EQ(::prlimit(pipeline.process().pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  process_options limited;
  limited.program = "bash";
  limited.arguments = {"-c",
                       "ulimit -f 1; clock() { echo ${EPOCHREALTIME/./}; }; t0=$(clock); "
                       "\"$0\" version > /dev/null; t1=$(clock); \"$0\" keys rotate payments; "
                       "code=$?; echo $(( ($(clock) - t1 - (t1 - t0)) / 1000 )); exit $code",
                       lepton_binary().string()};
  limited.environment = as(custodian);
  const auto before = read_file(keyring);
  const auto refused = run_process(limited, 30s);
  said += refused.standard_error;
  EXPECT_EQ(refused.status.code, failed);
  EXPECT_THAT(refused.standard_error, HasSubstr("nothing was done, because it cannot be recorded"));
  EXPECT_LT(std::stoi(refused.standard_output), 1000) << "ms, without the start of the process";
  EXPECT_EQ(read_file(keyring), before);

  const auto forbidden = pipeline.get("/metrics", custodian); // would be recorded
  EXPECT_EQ(forbidden.status, 403) << "the answer does not wait for the log";
  const auto seen = records();
  EXPECT_TRUE(eventually(20s, [&] { return records() > seen + 1000; }));
  said += pipeline.process().standard_error();
  EXPECT_TRUE(pipeline.process().stop(20s).ok());
  EXPECT_TRUE(run({"keys", "rotate", "payments"}, custodian).status.ok());
  EXPECT_TRUE(run({"audit", "verify"}).status.ok());
}

TEST_F(access_run, serves_pages_over_tls_to_bearers_of_tokens) {
  certificates authority;
  authority.issue("server");
  fs::permissions(authority.key("server"), fs::perms{0600});
  const auto file = folder.write("small.yaml", endless).string();
  const texts tls{"--http-cert", authority.certificate("server"), "--http-key",
                  authority.key("server")};
  const auto listen = [&](const std::string& address, bool with_tls, bool with_tokens) {
    texts arguments{"run", file, "--http", address};
    if (with_tls)
      arguments.insert(arguments.end(), tls.begin(), tls.end());
    return lepton(arguments, with_tokens ? as("") : decltype(as("")){{"LEPTON_ACCESS", ""}});
  };
  for (const auto& [with_tls, with_tokens] :
       {std::pair{false, false}, {true, false}, {false, true}}) {
    const auto done = run_process(listen("0.0.0.0:0", with_tls, with_tokens), 30s);
    EXPECT_EQ(done.status.code, failed);
    EXPECT_THAT(done.standard_error, HasSubstr("which needs both TLS"));
  }

  running_server server{listen("127.0.0.1:0", true, true), authority.authority()};
  const auto viewer = token("vera", "viewer");
  EXPECT_THAT(server.get("/metrics", viewer).body, HasSubstr("lepton_records_in_total"));
  for (const auto* path : {"/metrics", "/api/v1/pipeline", "/"}) {
    const auto got = server.get(path, viewer);
    EXPECT_EQ(got.status, 200) << path;
    said += got.body;
  }
  EXPECT_EQ(server.get("/metrics").status, 401);
  EXPECT_EQ(server.get("/metrics", "nonsense").status, 401);
  EXPECT_EQ(
      server
          .get("/metrics", signed_token({"vera", {"viewer"}, ""}, {"other", {}}, crypto::utc_now()))
          .status,
      401);
  EXPECT_EQ(server.get("/healthz").status, 200) << "open on loopback";
  const auto forbidden = server.get("/metrics", custodian);
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_THAT(forbidden.body, HasSubstr("carol may not do metrics.read on metrics:small"));
  EXPECT_TRUE(
      eventually(10s, [&] { return has_entry("denied metrics.read metrics:small by carol"); }));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(server.get("/metrics", custodian).status, 403);
  EXPECT_EQ(server.get("/api/v1/pipeline", custodian).status, 403);
  const std::string again = "denied metrics.read metrics:small by carol";
  EXPECT_TRUE(
      eventually(10s, [&] { return has_entry("denied pipeline.read pipeline:small by carol"); }));
  const auto log = entries();
  EXPECT_EQ(std::count(log.begin(), log.end(), again), 1) << "nobody fills the disk with refusals";
  // What changes in the folder counts without a restart.
  set_rules(R"({"subject": "carol", "allow": ["metrics:small:read"]})");
  EXPECT_TRUE(eventually(10s, [&] { return server.get("/metrics", custodian).status == 200; }));
  set_rules("nonsense");
  ASSERT_TRUE(run({"token", "revoke", "--subject", "vera"}).status.ok() == false)
      << "commands read the policy each time";
  EXPECT_EQ(server.get("/metrics", custodian).status, 200) << "the rules from before go on";
  set_rules("");
  ASSERT_TRUE(run({"token", "revoke", "--subject", "vera"}).status.ok());
  EXPECT_TRUE(eventually(10s, [&] { return server.get("/metrics", viewer).status == 401; }));
  said += server.process().standard_error();
  EXPECT_TRUE(server.process().stop(20s).ok());
}

TEST_F(access_run, lets_a_pipeline_open_only_fields_that_a_rule_names) {
  folder.write("in.jsonl", "{\"id\": 1, \"pan\": \"4000123412341234\"}\n");
  const auto pipeline = [&](const std::string& name, const std::string& from,
                            const std::string& operation) {
    return folder
        .write(
            name + ".yaml",
            fmt::format(
                "pipeline: {0}\n"
                "settings: {{keyring: {{path: keyring, key_file: root.key}}}}\n"
                "sources: {{tx: {{type: file, path: {1}, decode: {{format: json, schema: "
                "{{id: int64, pan: string}}}}}}}}\n"
                "transforms: {{op: {{type: {2}, inputs: [tx], key: payments, pipeline: cards}}}}\n"
                "sinks: {{out: {{type: file, inputs: [op], path: {0}.jsonl}}}}\n",
                name, from, operation))
        .string();
  };
  const auto sealing = pipeline("sealed", "in.jsonl", "seal_fields, fields: [pan]");
  const auto opening = pipeline("opened", "sealed.jsonl", "open_fields, fields: {pan: string}");
  const auto start = [&](const std::string& file, const std::string& with) {
    return run({"run", file, "--exit-at-end"}, with);
  };
  const auto alice = token("alice", "admin");
  set_rules(R"({"subject": "alice", "allow": ["field:pan:seal"]})");
  ASSERT_TRUE(start(sealing, alice).status.ok());
  EXPECT_THAT(read_file(folder / "sealed.jsonl"), Not(HasSubstr("4000123412341234")));

  EXPECT_THAT(start(opening, "").standard_error, HasSubstr("wants a token"));
  const auto refused = start(opening, alice);
  EXPECT_EQ(refused.status.code, failed);
  EXPECT_THAT(refused.standard_error, HasSubstr("alice may not do field.open on field:pan"));
  EXPECT_FALSE(fs::exists(folder / "opened.jsonl"));
  set_rules(R"({"subject": "alice", "allow": ["field:pan:open"]})");
  EXPECT_EQ(start(sealing, alice).status.code, failed);
  const auto opened = start(opening, alice);
  ASSERT_TRUE(opened.status.ok()) << opened.standard_error;
  EXPECT_THAT(read_file(folder / "opened.jsonl"), HasSubstr("4000123412341234"));
  EXPECT_THAT(said, Not(HasSubstr("4000123412341234")));

  // The column of a tenant is another one.
  const auto of_acme = pipeline("acme", "in.jsonl", "seal_fields, fields: [pan], tenant: acme");
  set_rules(R"({"subject": "*", "allow": ["field:rival/pan:seal"]})");
  EXPECT_THAT(start(of_acme, alice).standard_error, HasSubstr("field.seal on field:acme/pan"));
  set_rules(R"({"subject": "*", "allow": ["field:pan:seal"]})");
  EXPECT_THAT(start(of_acme, token("ray", "admin", {"--tenant", "rival"})).standard_error,
              HasSubstr("ray may not do field.seal on field:acme/pan"));
  EXPECT_THAT(start(of_acme, alice).standard_error, Not(HasSubstr("may not")));

  const auto log = entries();
  for (const auto* entry :
       {"event field.seal field:pan by alice", "event key.seal key:payments by alice",
        "denied field.open field:pan by alice", "denied field.seal field:pan by alice",
        "event field.open field:pan by alice", "event key.open key:payments by alice"})
    EXPECT_THAT(log, testing::Contains(entry));
  EXPECT_THAT(log, testing::Contains(testing::StartsWith("denied field.open field:pan by os:")));
  EXPECT_TRUE(run({"audit", "verify"}).status.ok());
}

} // namespace
} // namespace lepton::tests
