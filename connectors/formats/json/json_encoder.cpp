#include "connectors/formats/json/json_encoder.hpp"

#include "connectors/formats/json/json_text.hpp"
#include "connectors/formats/text/base64.hpp"
#include "connectors/formats/text/number_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

namespace lepton::connectors {

using core::type_id;

namespace {

constexpr std::size_t block = 16;

std::size_t room_of(core::data_type type) {
  switch (type.id) {
    case type_id::float32_list:
      return static_cast<std::size_t>(type.list_size) * (float_text_size + 1) + 2;
    case type_id::string:
    case type_id::binary: return 0; // depends on the row
    default: return float_text_size;
  }
}

char* write_word(const char* word, std::size_t size, char* to) noexcept {
  std::memcpy(to, word, size);
  return to + size;
}

char* write_base64(std::string_view bytes, char* to) {
  *to++ = '"';
  to = encode_base64(bytes, to);
  *to++ = '"';
  return to;
}

} // namespace

json_encoder::json_encoder(const core::schema& input, const std::vector<std::size_t>& columns) {
  for (const auto column : columns) {
    member at;
    at.key = (members_.empty() ? "{" : ",") + json_quoted(input[column].name) + ":";
    at.key_size = at.key.size();
    at.key.resize((at.key_size + block - 1) / block * block);
    at.column = column;
    at.name = input[column].name;
    at.type = input[column].type;
    fixed_room_ += at.key.size() + room_of(at.type);
    if (at.type.is_variable_size())
      texts_.push_back(members_.size());
    members_.push_back(std::move(at));
  }
  fixed_room_ += 2 + block;
}

void json_encoder::encode(const core::batch_ptr& in, core::encoded_batch& out,
                          std::vector<core::row_error>& errors) {
  out.origin = in;
  for (auto& member : members_)
    member.values = in->columns[member.column].get();
  bytes_.begin(out, in->rows);
  for (std::int64_t row = 0; row < in->rows; ++row) {
    const auto most = room_for(row);
    const char* end = most <= bytes_.left() ? write_row(row, bytes_.room(most)) : nullptr;
    if (end) [[likely]] {
      bytes_.commit(out, end, row);
      continue;
    }
    refuse_row(errors, row,
               most > bytes_.left() ? "the batch has more than 4 GiB of JSON" : complaint_.c_str());
  }
  bytes_.finish(in->rows);
}

std::size_t json_encoder::room_for(std::int64_t row) const noexcept {
  std::size_t most = fixed_room_;
  for (const auto i : texts_)
    most += json_text_room(members_[i].values->string_at(row).size());
  return most;
}

char* json_encoder::write_row(std::int64_t row, char* to) {
  if (members_.empty())
    *to++ = '{';
  for (const auto& member : members_) {
    for (std::size_t i = 0; i < member.key_size; i += block)
      std::memcpy(to + i, member.key.data() + i, block);
    to += member.key_size;
    to = member.values->valid(row) ? write_value(member, row, to) : write_word("null", 4, to);
    if (!to) [[unlikely]]
      return nullptr;
  }
  *to++ = '}';
  return to;
}

char* json_encoder::write_value(const member& at, std::int64_t row, char* to) {
  const auto& values = *at.values;
  const auto i = static_cast<std::size_t>(row);
  switch (at.type.id) {
    case type_id::boolean:
      return values.boolean_at(row) ? write_word("true", 4, to) : write_word("false", 5, to);
    case type_id::int32: return write_integer(values.values.as<std::int32_t>()[i], to);
    case type_id::int64:
    case type_id::timestamp_ms: return write_integer(values.values.as<std::int64_t>()[i], to);
    case type_id::float32: {
      const float value = values.values.as<float>()[i];
      return std::isfinite(value) ? write_float(value, to)
                                  : refuse(at, "is NaN or infinite, which JSON cannot say");
    }
    case type_id::float64: {
      const double value = values.values.as<double>()[i];
      return std::isfinite(value) ? write_double(value, to)
                                  : refuse(at, "is NaN or infinite, which JSON cannot say");
    }
    case type_id::string:
      to = write_json_text(values.string_at(row), to);
      return to ? to : refuse(at, "is not valid UTF-8");
    case type_id::binary: return write_base64(values.string_at(row), to);
    case type_id::float32_list: return write_list(at, row, to);
  }
  return to;
}

char* json_encoder::write_list(const member& at, std::int64_t row, char* to) {
  const auto size = static_cast<std::size_t>(at.type.list_size);
  const float* list = at.values->values.as<float>() + static_cast<std::size_t>(row) * size;
  for (std::size_t i = 0; i < size; ++i) {
    *to++ = i == 0 ? '[' : ',';
    if (!std::isfinite(list[i])) [[unlikely]]
      return refuse(at, "holds NaN or an infinity, which JSON cannot say");
    to = write_float(list[i], to);
  }
  *to++ = ']';
  return to;
}

char* json_encoder::refuse(const member& at, const char* why) {
  complaint_ = fmt::format("column '{}' {}", at.name, why);
  return nullptr;
}

} // namespace lepton::connectors
