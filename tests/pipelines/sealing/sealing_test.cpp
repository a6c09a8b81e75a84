#include "tests/pipelines/pipeline_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lepton::pipelines::testing {

using core::metric;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

const std::string keyring = "settings: {keyring: {path: k, key_file: f, tenant: acme}}\n";

/// Writes `text` rows, sealed as `encrypt` says.
std::string writer(const std::string& encrypt, const std::string& sink = "key: k, ") {
  return "pipeline: shop\n" + keyring +
         "sources: {in: {type: rows, schema: {k: string, text: string}}}\n"
         "sinks: {out: {type: texts, inputs: [in], " +
         sink + "encode: {format: text, column: text}, encrypt: {" + encrypt + "}}}\n";
}

/// Reads JSON rows {a: int64} and divides by them; `decrypt` opens.
std::string reader(const std::string& decrypt, const std::string& name = "shop") {
  return "pipeline: " + name + "\n" + keyring +
         "sources: {tx: {type: lines, decode: {format: json, schema: {a: int64}}, decrypt: {" +
         decrypt +
         "}}}\n"
         "transforms: {op: {type: derive, inputs: [tx], columns: {c: '6 / a'}}}\n"
         "sinks:\n"
         "  out: {type: nothing, inputs: [op], key: c}\n"
         "  dead: {type: texts, inputs: [tx.errors, op.errors], encode: {format: text, column: "
         "payload}}\n";
}

table payments(const std::vector<cell>& keys, const std::vector<cell>& texts) {
  return table{}.add("k", "string", keys).add("text", "string", texts);
}

core::encoded_batch_ptr written(started_pipeline& p, const table& rows) {
  auto out = p.run_raw("in", table_records(rows));
  return out.at(0).encoded;
}

std::vector<std::string> rows_out(started_pipeline& p, const core::raw_batch_ptr& in) {
  std::vector<std::string> rows;
  for (const auto& one : p.run_raw("tx", in))
    if (!one.encoded)
      for (auto& row : show(*one.rows))
        rows.push_back(row);
  return rows;
}

std::vector<std::string> dead_letters(started_pipeline& p, const core::raw_batch_ptr& in) {
  std::vector<std::string> payloads;
  for (const auto& one : p.run_raw("tx", in))
    if (one.encoded)
      for (const auto& record : one.encoded->records)
        payloads.emplace_back(one.encoded->payload(record));
  return payloads;
}

/// Keys of the tests that come a moment too late: after the first question for one, and before
/// anybody looks for new ones.
class late_keys final : public crypto::key_source {
public:
  std::uint64_t generation() const noexcept override { return asked_ ? 2 : 1; }
  crypto::key_version_ptr primary(std::string_view name, std::string_view tenant) const override {
    return the_test_keys().keys->primary(name, tenant);
  }
  crypto::key_version_ptr find(std::string_view name, std::string_view tenant,
                               const crypto::key_id& id) const override {
    return std::exchange(asked_, true) ? the_test_keys().keys->find(name, tenant, id) : nullptr;
  }
  crypto::key_version_ptr hash_key(std::string_view, std::string_view) const override {
    return nullptr;
  }
  crypto::identity_ptr own_identity() const override { return nullptr; }
  void missing(const crypto::key_id&) override {}

private:
  mutable bool asked_ = false;
};

} // namespace

TEST(sealing, opens_what_is_sealed_by_a_version_that_comes_while_it_is_tried) {
  started_pipeline shop{writer("key: payments", "")};
  const auto sealed = written(shop, payments({"k"}, {"{\"a\": 1}"}));
  crypto::keyring_vault vault{std::make_shared<late_keys>()};
  core::metrics_registry metrics;
  core::run_context context;
  context.metrics = &metrics;
  context.vault = &vault;
  input_opening opening;
  opening.options.key = "payments";
  opening.options.tenant = "acme";
  opening.options.pipeline = "shop";
  const auto opener = input_opener::make(opening, false, context).value();
  const auto opened = opener->open(read_back(*sealed));
  EXPECT_TRUE(opened.failed.empty());
  EXPECT_EQ(opened.batch->record_count, 1);
}

TEST(sealing, of_single_records_is_opened_by_the_reader) {
  started_pipeline shop{writer("key: payments, per: record")};
  const auto sealed =
      written(shop, payments({"a1", "a2", "b3"}, {"{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}"}));
  ASSERT_EQ(sealed->records.size(), 3U);
  EXPECT_EQ(sealed->key(sealed->records[1]), "a2");
  EXPECT_EQ(sealed->records[0].partition, 1);
  EXPECT_THAT(sealed->bytes, Not(HasSubstr("\"a\"")));
  started_pipeline bank{reader("key: payments")};
  EXPECT_THAT(rows_out(bank, read_back(*sealed, 1)), ElementsAre("c=6", "c=2"));
  EXPECT_THAT(rows_out(bank, read_back(*sealed, 0)), ElementsAre("c=3"));
  EXPECT_EQ(bank.count(metric::envelopes_opened, "tx"), 3);
  EXPECT_EQ(shop.count(metric::envelopes_sealed, "out"), 3);
}

TEST(sealing, of_batches_makes_one_payload_for_each_partition) {
  started_pipeline shop{writer("key: payments")};
  const auto sealed =
      written(shop, payments({"k1", "k2", "k3", "k4"},
                             {"{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}", "{\"a\": 6}"}));
  ASSERT_EQ(sealed->records.size(), 2U);
  for (const auto& record : sealed->records) {
    EXPECT_EQ(record.key_size, 0U) << "keys lie inside";
    EXPECT_EQ(record.row_count, 2);
  }
  EXPECT_THAT(sealed->rows_of(sealed->records[0]), ElementsAre(0, 2));
  EXPECT_THAT(sealed->rows_of(sealed->records[1]), ElementsAre(1, 3));
  started_pipeline bank{reader("key: payments")};
  EXPECT_THAT(rows_out(bank, read_back(*sealed, 1)), ElementsAre("c=6", "c=2"));
  EXPECT_THAT(rows_out(bank, read_back(*sealed, 0)), ElementsAre("c=3", "c=1"));
  EXPECT_EQ(bank.count(metric::records_in, "tx"), 4);
}

TEST(sealing, of_batches_stays_below_what_brokers_take) {
  started_pipeline shop{writer("key: payments", "")};
  std::vector<cell> keys;
  std::vector<cell> texts;
  for (int i = 0; i < 300; ++i) {
    keys.emplace_back("k");
    texts.emplace_back(std::string(10'000, 'x'));
  }
  const auto sealed = written(shop, payments(keys, texts));
  EXPECT_EQ(sealed->records.size(), 4U);
  for (const auto& record : sealed->records)
    EXPECT_LT(record.payload_size, 1'000'000U);
}

TEST(sealing, binds_a_payload_to_its_stream_pipeline_and_partition) {
  started_pipeline shop{writer("key: payments")};
  const auto sealed = written(shop, payments({"k1"}, {"{\"a\": 1}"}));
  const auto opens = [&](const std::string& decrypt, const std::string& name,
                         std::int32_t partition) {
    started_pipeline bank{reader(decrypt, name)};
    auto in = read_back(*sealed, 1);
    in->partition = partition;
    return !rows_out(bank, in).empty();
  };
  EXPECT_TRUE(opens("key: payments", "shop", 1));
  EXPECT_TRUE(opens("key: payments, pipeline: shop", "bank", 1));
  EXPECT_FALSE(opens("key: payments", "bank", 1));
  EXPECT_FALSE(opens("key: payments, stream: other", "shop", 1));
  EXPECT_FALSE(opens("key: payments, tenant: other", "shop", 1));
  EXPECT_FALSE(opens("key: payments, schema: v2", "shop", 1));
  EXPECT_FALSE(opens("key: scores", "shop", 1));
  EXPECT_FALSE(opens("key: payments", "shop", 0));
}

TEST(sealing, keeps_what_does_not_open_as_it_came) {
  started_pipeline shop{writer("key: payments", "")};
  const auto sealed = written(shop, payments({"k"}, {"{\"a\": 1}"}));
  auto changed = core::encoded_batch{};
  changed.bytes = sealed->bytes;
  changed.records = sealed->records;
  changed.bytes[40] ^= 1;
  started_pipeline bank{reader("key: payments")};
  EXPECT_THAT(dead_letters(bank, read_back(changed)), ElementsAre(changed.bytes));
  EXPECT_EQ(bank.count(metric::envelopes_opened, "tx"), 0);
}

TEST(sealing, seals_again_what_fails_after_it_was_opened) {
  started_pipeline shop{writer("key: payments", "")};
  const auto sealed =
      written(shop, payments({"k", "k", "k"}, {"{\"a\": 0}", "{\"canary\": tru", "{\"a\": 2}"}));
  started_pipeline bank{reader("key: payments")};
  const auto dead = dead_letters(bank, read_back(*sealed));
  ASSERT_EQ(dead.size(), 2U);
  core::open_options options;
  options.key = "payments";
  options.tenant = "acme";
  options.pipeline = "shop";
  const auto opener = the_test_keys().vault.make_opener(options).value();
  std::set<std::string> opened;
  for (const auto& letter : dead) {
    EXPECT_THAT(letter, Not(HasSubstr("canary")));
    std::string plain;
    ASSERT_TRUE(opener->open(letter, {"texts", "", 0}, {0, std::ssize(opened)}, plain));
    opened.insert(plain);
  }
  EXPECT_THAT(opened, ElementsAre("{\"a\": 0}", "{\"canary\": tru"));
}

TEST(sealing, lets_clear_payloads_pass_only_if_the_file_says_so) {
  const auto clear = json_lines({"{\"a\": 1}", "{\"a\": 3}"});
  started_pipeline strict{reader("key: payments")};
  EXPECT_TRUE(rows_out(strict, clear).empty());
  started_pipeline lenient{reader("key: payments, accept_clear: true")};
  EXPECT_THAT(rows_out(lenient, clear), ElementsAre("c=6", "c=2"));
}

TEST(sealing, refuses_a_payload_that_was_copied_to_another_offset) {
  started_pipeline shop{writer("key: payments", "")};
  const auto sealed = written(shop, payments({"k"}, {"{\"a\": 1}"}));
  auto twice = core::encoded_batch{};
  twice.bytes = sealed->bytes;
  twice.records = {sealed->records[0], sealed->records[0]};
  started_pipeline bank{reader("key: payments")};
  EXPECT_EQ(rows_out(bank, read_back(twice)).size(), 1U);
  EXPECT_EQ(rows_out(bank, read_back(twice)).size(), 1U) << "read again";
  started_pipeline lenient{reader("key: payments, replay: accept")};
  EXPECT_EQ(rows_out(lenient, read_back(twice)).size(), 2U);
}

TEST(sealing, hashes_keys_when_told_to) {
  started_pipeline shop{writer("key: payments, per: record, hash_key: true")};
  const auto sealed =
      written(shop, payments({"4711", "4711", "4712"}, {"{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}"}));
  const auto key = [&](std::size_t i) { return std::string{sealed->key(sealed->records[i])}; };
  EXPECT_EQ(key(0).size(), 32U);
  EXPECT_EQ(key(0), key(1));
  EXPECT_NE(key(0), key(2));
  EXPECT_THAT(sealed->bytes, Not(HasSubstr("4711")));
}

TEST(sealing, writes_nothing_in_clear_when_the_key_is_gone) {
  for (const auto* per : {"batch", "record"}) {
    the_test_keys().keys->rotate("doomed", "acme");
    started_pipeline shop{"pipeline: shop\n" + keyring +
                          "sources: {in: {type: rows, schema: {text: string}}}\n"
                          "sinks: {out: {type: texts, inputs: [in], on_error: drop, encode: "
                          "{format: text, column: text}, encrypt: {key: doomed, per: " +
                          per + "}}}\n"};
    the_test_keys().keys->destroy("doomed", "acme");
    const auto out =
        shop.run_raw("in", table_records(table{}.add("text", "string", {"canary", "canary"})));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_TRUE(out[0].encoded->records.empty());
    EXPECT_THAT(out[0].encoded->bytes, Not(HasSubstr("canary")));
    ASSERT_EQ(out[0].failed.size(), 2U);
    EXPECT_THAT(out[0].failed[0].reason, HasSubstr("lepton keys list"));
  }
}

} // namespace lepton::pipelines::testing
