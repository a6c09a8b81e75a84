// Any bytes as a CSV file: a header line and records. What decodes must encode to text that decodes
// to the same again.
#include "connectors/formats/csv/csv_decoder.hpp"
#include "connectors/formats/csv/csv_encoder.hpp"
#include "core/assert.hpp"
#include "tests/connectors/records.hpp"

#include <numeric>

namespace {

using namespace lepton;

const std::vector<core::schema_entry>& entries() {
  static const std::vector<core::schema_entry> made{
      tests::optional_entry("s", "string"),  tests::optional_entry("i", "int64"),
      tests::optional_entry("d", "float64"), tests::optional_entry("b", "bool"),
      tests::optional_entry("y", "binary"),  tests::optional_entry("t", "timestamp_ms")};
  return made;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text)
    if (c == '\n')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

core::batch_ptr read(bool header, const std::vector<std::string>& lines) {
  connectors::csv_decoder decoder{entries(), {header, ',', ""}};
  const auto batch = core::make_ref<tests::text_batch>(lines);
  batch->first_line = std::make_shared<const std::string>(lines.empty() ? "" : lines[0]);
  core::decoded out;
  decoder.decode(*batch, out);
  const auto accounted = out.rows + static_cast<std::int64_t>(out.errors.size()) + (header ? 1 : 0);
  LEPTON_ASSERT(accounted == static_cast<std::int64_t>(lines.size()));
  return tests::to_batch(entries(), std::move(out));
}

std::vector<std::string> write(const core::batch_ptr& rows) {
  std::vector<std::size_t> all(rows->schema->size());
  std::iota(all.begin(), all.end(), 0);
  connectors::csv_encoder encoder{*rows->schema, all, {false, ',', ""}};
  return tests::encode(encoder, rows);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = split({reinterpret_cast<const char*>(data), size});
  for (const bool header : {false, true}) {
    const auto written = write(read(header, lines));
    LEPTON_ASSERT(write(read(false, written)) == written);
  }
  return 0;
}
