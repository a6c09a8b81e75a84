#include "pipelines/record_keys.hpp"

#include <fmt/format.h>

#include <iterator>

namespace lepton::pipelines {

bool append_text(const core::column& column, std::int64_t row, std::string& out) {
  if (!column.valid(row))
    return false;
  const auto at = static_cast<std::size_t>(row);
  const auto number = [&](auto value) {
    const fmt::format_int text{value};
    out.append(text.data(), text.size());
  };
  switch (column.type.id) {
    case core::type_id::boolean: out += column.boolean_at(row) ? "true" : "false"; break;
    case core::type_id::int32: number(column.as<std::int32_t>()[at]); break;
    case core::type_id::int64:
    case core::type_id::timestamp_ms: number(column.as<std::int64_t>()[at]); break;
    case core::type_id::float32:
      fmt::format_to(std::back_inserter(out), "{}", column.as<float>()[at]);
      break;
    case core::type_id::float64:
      fmt::format_to(std::back_inserter(out), "{}", column.as<double>()[at]);
      break;
    case core::type_id::string:
    case core::type_id::binary: out += column.string_at(row); break;
    case core::type_id::float32_list: return false;
  }
  return true;
}

record_keys::record_keys(const core::schema& schema, const std::string& key,
                         const std::vector<std::string>& headers) {
  const auto index = [&](const std::string& name) {
    const auto at = schema.index_of(name);
    LEPTON_ASSERT(at.has_value());
    return static_cast<int>(*at);
  };
  if (!key.empty())
    key_ = index(key);
  for (const auto& header : headers)
    headers_.push_back(index(header));
}

void record_keys::add(core::encoded_batch& out) const {
  if (key_ >= 0)
    add_keys(out);
  if (!headers_.empty())
    add_headers(out);
}

void record_keys::add_keys(core::encoded_batch& out) const {
  const auto& column = (*out.origin)[static_cast<std::size_t>(key_)];
  for (auto& record : out.records) {
    const auto begin = out.bytes.size();
    if (!append_text(column, record.row, out.bytes))
      continue;
    record.key_begin = static_cast<std::uint32_t>(begin);
    record.key_size = static_cast<std::uint32_t>(out.bytes.size() - begin);
  }
}

void record_keys::add_headers(core::encoded_batch& out) const {
  out.headers.resize(out.records.size());
  for (std::size_t i = 0; i < out.records.size(); ++i)
    for (const auto index : headers_) {
      const auto column = static_cast<std::size_t>(index);
      std::string text;
      if (append_text((*out.origin)[column], out.records[i].row, text))
        out.headers[i].emplace_back((*out.origin->schema)[column].name, std::move(text));
    }
}

} // namespace lepton::pipelines
