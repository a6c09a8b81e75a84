// Any bytes as a JSON record. What the decoder accepts, simdjson must accept too; what it decodes,
// the encoder must write so that it decodes to the same again.
#include "connectors/formats/json/json_decoder.hpp"
#include "connectors/formats/json/json_encoder.hpp"
#include "core/assert.hpp"
#include "tests/connectors/records.hpp"

#include <simdjson.h>

#include <numeric>

namespace {

using namespace lepton;

const std::vector<core::schema_entry>& entries() {
  static const std::vector<core::schema_entry> made = [] {
    std::vector<core::schema_entry> out{
        tests::optional_entry("b", "bool"),      tests::optional_entry("i", "int32"),
        tests::optional_entry("l", "int64"),     tests::optional_entry("f", "float32"),
        tests::optional_entry("d", "float64"),   tests::optional_entry("s", "string"),
        tests::optional_entry("y", "binary"),    tests::optional_entry("t", "timestamp_ms"),
        tests::optional_entry("v", "float32[2]")};
    return out;
  }();
  return made;
}

std::vector<std::string> rewrite(const core::batch_ptr& rows) {
  std::vector<std::size_t> all(rows->schema->size());
  std::iota(all.begin(), all.end(), 0);
  connectors::json_encoder encoder{*rows->schema, all};
  return tests::encode(encoder, rows);
}

bool readable_by_simdjson(const std::string& text) {
  simdjson::dom::parser parser;
  const auto error = parser.parse(simdjson::padded_string{text}).error();
  // Numbers of ignored keys are checked by the grammar alone, and may be out of any range.
  return error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  core::diagnostics findings;
  connectors::json_decoder decoder{connectors::json_layout::make(entries(), false, findings)};
  auto decoded = tests::decode(decoder, {"{\"i\":1}", text, "{\"i\":2}"});
  LEPTON_ASSERT(decoded.rows + static_cast<std::int64_t>(decoded.errors.size()) == 3);
  LEPTON_ASSERT(decoded.errors.empty() || decoded.errors[0].row == 1);
  LEPTON_ASSERT(!decoded.errors.empty() || readable_by_simdjson(text));
  const auto rows = tests::to_batch(entries(), std::move(decoded));
  const auto written = rewrite(rows);
  LEPTON_ASSERT(static_cast<std::int64_t>(written.size()) == rows->rows);
  const auto again = tests::to_batch(entries(), tests::decode(decoder, written));
  LEPTON_ASSERT(rewrite(again) == written);
  return 0;
}
