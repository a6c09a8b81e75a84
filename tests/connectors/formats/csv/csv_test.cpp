#include "connectors/formats/csv/csv_decoder.hpp"
#include "connectors/formats/csv/csv_encoder.hpp"
#include "connectors/formats/raw/raw_codec.hpp"
#include "tests/connectors/records.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace lepton::tests {

namespace {

using namespace std::string_literals;

std::vector<std::string> fields_of(const std::string& record, char delimiter = ',') {
  connectors::csv_split split{delimiter};
  if (const char* wrong = split.split(record))
    return {"wrong", wrong};
  std::vector<std::string> out;
  for (const auto& field : split.fields())
    out.emplace_back(field.text);
  return out;
}

core::decoded with_header(core::decoder& decoder, std::vector<std::string> lines) {
  const auto batch = core::make_ref<text_batch>(lines);
  batch->first_line = std::make_shared<const std::string>(lines[0]);
  core::decoded out;
  decoder.decode(*batch, out);
  return out;
}

} // namespace

TEST(csv_split, follows_rfc_4180) {
  using list = std::vector<std::string>;
  EXPECT_EQ(fields_of("a,b,c"), (list{"a", "b", "c"}));
  EXPECT_EQ(fields_of(""), (list{""}));
  EXPECT_EQ(fields_of(",,"), (list{"", "", ""}));
  EXPECT_EQ(fields_of("a,\"b,c\",d\r"), (list{"a", "b,c", "d"}));
  EXPECT_EQ(fields_of("\"a \"\"quoted\"\" word\",\"\"\"\",\"\""),
            (list{"a \"quoted\" word", "\"", ""}));
  EXPECT_EQ(fields_of("\"two\nlines\",x"), (list{"two\nlines", "x"}));
  EXPECT_EQ(fields_of(" a , b "), (list{" a ", " b "}));
  EXPECT_EQ(fields_of("a;b,c", ';'), (list{"a", "b,c"}));
  EXPECT_EQ(fields_of("a,"), (list{"a", ""}));
  EXPECT_EQ(fields_of("\"a\","), (list{"a", ""}));
  EXPECT_EQ(fields_of("\"a"), (list{"wrong", "a quoted field does not end"}));
  EXPECT_EQ(fields_of("\"a\"b"), (list{"wrong", "text after a closing quote"}));
  EXPECT_EQ(fields_of("a\"b"),
            (list{"wrong", "a quote inside of a field without quotes around it"}));
}

TEST(csv_decoder, finds_columns_by_the_header) {
  connectors::csv_decoder decoder{{entry("amount", "float64"), entry("id", "string")}, {}};
  const auto out =
      with_header(decoder, {"\xef\xbb\xbfid,x,\"amount\"", "a,1,2.5", "b,2", "c,3,-1e3"});
  ASSERT_EQ(out.rows, 2);
  EXPECT_EQ(out.columns[0]->as<double>()[1], -1000);
  EXPECT_EQ(out.columns[1]->string_at(0), "a");
  EXPECT_EQ(out.raw_rows, (std::vector<std::int32_t>{1, 3}));
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].row, 2);
  EXPECT_EQ(out.errors[0].reason, "expected 3 fields as in the header, found 2");
}

TEST(csv_decoder, says_which_column_the_header_lacks) {
  connectors::csv_decoder decoder{{entry("id", "string"), entry("amount", "float64")}, {}};
  const auto out = with_header(decoder, {"id,price", "a,1"});
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].reason, "the header line of the file has no column 'amount'");
}

TEST(csv_decoder, finds_columns_by_position_without_a_header) {
  connectors::csv_options options;
  options.header = false;
  connectors::csv_decoder decoder{{entry("id", "string"), optional_entry("n", "int32")}, options};
  const auto out = decode(decoder, {"a,1", "b", "c,", "d,2,3", ",5"});
  ASSERT_EQ(out.rows, 4);
  EXPECT_EQ(out.columns[1]->as<std::int32_t>()[0], 1);
  EXPECT_FALSE(out.columns[1]->valid(1));
  EXPECT_FALSE(out.columns[1]->valid(2));
  EXPECT_EQ(out.columns[0]->string_at(3), "");
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].row, 3);
}

TEST(csv_decoder, reads_and_refuses_by_type) {
  connectors::csv_options options;
  options.header = false;
  const auto good = [&](const char* type, const std::string& text) {
    connectors::csv_decoder decoder{{entry("v", type)}, options};
    return decode(decoder, {text}).rows == 1;
  };
  for (const auto* text : {"true", "false", "1", "0"})
    EXPECT_TRUE(good("bool", text)) << text;
  for (const auto* text : {"yes", "TRUE", "", "2"})
    EXPECT_FALSE(good("bool", text)) << text;
  for (const auto* text : {"1.5", "1x", "", " 1", "99999999999"})
    EXPECT_FALSE(good("int32", text)) << text;
  for (const auto* text : {"nan", "inf", "1e999", "1,5", "0x1", ""})
    EXPECT_FALSE(good("float64", text)) << text;
  EXPECT_TRUE(good("int64", "-9223372036854775808"));
  EXPECT_TRUE(good("float32", "\"1e-3\""));
  EXPECT_TRUE(good("timestamp_ms", "2025-11-24T17:30:00Z"));
  EXPECT_TRUE(good("timestamp_ms", "1760000000000"));
  EXPECT_FALSE(good("timestamp_ms", "24.11.2025"));
  EXPECT_TRUE(good("binary", "AAEC"));
  EXPECT_FALSE(good("binary", "A"));
  EXPECT_FALSE(good("string", "\xff"));
}

TEST(csv_encoder, writes_what_the_decoder_reads) {
  const std::vector<core::schema_entry> entries{
      entry("i", "int64"), optional_entry("s", "string"), entry("d", "float64"),
      entry("b", "bool"),  entry("t", "timestamp_ms"),    entry("y", "binary")};
  connectors::csv_options options;
  options.null_text = "NULL";
  connectors::csv_decoder decoder{entries, {false, ',', "NULL"}};
  const std::vector<std::string> lines{
      "1,a,0.5,true,1760000000000,AAEC", "-2,\"with, \"\"quotes\"\"\nand lines\",1e+300,false,0,",
      "3,NULL,-0.25,true,1,AA==", "4,\"NULL\",0,false,2,", "5,\"\",1,false,3,"};
  auto decoded = decode(decoder, lines);
  ASSERT_TRUE(decoded.errors.empty()) << decoded.errors[0].reason;
  const auto rows = to_batch(entries, std::move(decoded));
  EXPECT_FALSE((*rows)[1].valid(2));
  EXPECT_TRUE((*rows)[1].valid(3));
  std::vector<std::size_t> all(rows->schema->size());
  std::iota(all.begin(), all.end(), 0);
  connectors::csv_encoder encoder{*rows->schema, all, options};
  const auto written = encode(encoder, rows);
  auto again = decode(decoder, written);
  ASSERT_TRUE(again.errors.empty()) << again.errors[0].reason;
  EXPECT_EQ(encode(encoder, to_batch(entries, std::move(again))), written);
  EXPECT_EQ(written, lines);
}

TEST(csv_encoder, a_value_like_the_null_text_does_not_become_null) {
  const std::vector<core::schema_entry> entries{optional_entry("i", "int64"),
                                                optional_entry("s", "string")};
  for (const auto* null_text : {"0", ""}) {
    connectors::csv_decoder decoder{entries, {false, ',', null_text}};
    const auto rows = to_batch(entries, decode(decoder, {"\"0\",\"\"", "1,\"0\""}));
    connectors::csv_encoder encoder{*rows->schema, {0, 1}, {false, ',', null_text}};
    const auto again = to_batch(entries, decode(decoder, encode(encoder, rows)));
    ASSERT_EQ(again->rows, 2);
    for (std::int64_t row = 0; row < 2; ++row) {
      EXPECT_EQ((*again)[0].valid(row), (*rows)[0].valid(row)) << null_text;
      EXPECT_EQ((*again)[1].valid(row), (*rows)[1].valid(row)) << null_text;
      EXPECT_EQ((*again)[1].string_at(row), (*rows)[1].string_at(row));
    }
    EXPECT_EQ((*again)[0].as<std::int64_t>()[0], 0);
  }
}

TEST(csv_encoder, gives_the_header_as_the_preamble) {
  const auto schema = core::to_schema({entry("a", "int64"), entry("b", "string")});
  connectors::csv_encoder encoder{*schema, {1, 0}, {true, ';', ""}};
  const core::batch_ptr rows = to_batch({entry("a", "int64"), entry("b", "string")}, [&] {
    connectors::csv_decoder decoder{{entry("a", "int64"), entry("b", "string")}, {false, ',', ""}};
    return decode(decoder, {"1,x"});
  }());
  core::encoded_batch out;
  std::vector<core::row_error> errors;
  encoder.encode(rows, out, errors);
  ASSERT_TRUE(out.preamble);
  EXPECT_EQ(*out.preamble, "b;a");
  EXPECT_EQ(out.payload(out.records[0]), "x;1");
}

TEST(raw_format, passes_every_byte_through) {
  connectors::raw_decoder decoder;
  const std::vector<std::string> payloads{"{\"half", "", "\x00\xff\n\r"s,
                                          std::string(100'000, 'x')};
  auto out = decode(decoder, payloads);
  EXPECT_TRUE(out.errors.empty());
  const core::batch_ptr rows = core::make_ref<core::batch>(connectors::raw_decoder::schema(),
                                                           std::move(out.columns), out.rows);
  connectors::raw_encoder encoder{0};
  EXPECT_EQ(encode(encoder, rows), payloads);
}

} // namespace lepton::tests
