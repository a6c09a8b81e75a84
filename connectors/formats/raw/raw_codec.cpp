#include "connectors/formats/raw/raw_codec.hpp"

#include "connectors/formats/unreadable.hpp"

#include <cstring>
#include <numeric>

namespace lepton::connectors {

core::schema_ptr raw_decoder::schema() {
  static const auto made = std::make_shared<const core::schema>(
      std::vector<core::field>{{"payload", {core::type_id::binary, 0}, false}});
  return made;
}

void raw_decoder::decode(const core::raw_batch& in, core::decoded& out) {
  out = {};
  const auto records = in.records();
  payload_.begin(static_cast<std::int64_t>(records.size()));
  if (!in.fault.empty())
    refuse_unreadable(in, out);
  for (std::size_t i = 0; in.fault.empty() && i < records.size(); ++i) {
    const bool fits = records[i].payload.size() <= payload_.text_left();
    if (!fits && out.errors.empty()) {
      out.raw_rows.resize(i);
      std::iota(out.raw_rows.begin(), out.raw_rows.end(), 0);
    }
    if (!fits) {
      refuse_row(out.errors, static_cast<std::int64_t>(i), "the batch has more than 2 GiB");
      continue;
    }
    if (!out.errors.empty())
      out.raw_rows.push_back(static_cast<std::int32_t>(i));
    payload_.set_text(out.rows++, records[i].payload);
  }
  out.columns.push_back(payload_.finish(out.rows));
}

void raw_encoder::encode(const core::batch_ptr& in, core::encoded_batch& out,
                         std::vector<core::row_error>& errors) {
  out.origin = in;
  const auto& column = (*in)[column_];
  bytes_.begin(out, in->rows);
  for (std::int64_t row = 0; row < in->rows; ++row) {
    const auto text = column.string_at(row);
    if (text.size() > bytes_.left()) {
      refuse_row(errors, row, "the batch has more than 4 GiB");
      continue;
    }
    char* const to = bytes_.room(text.size());
    if (!text.empty())
      std::memcpy(to, text.data(), text.size());
    bytes_.commit(out, to + text.size(), row);
  }
  bytes_.finish(in->rows);
}

} // namespace lepton::connectors
