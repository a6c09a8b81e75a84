#include "pipelines/expression/column_loader.hpp"

#include "core/assert.hpp"
#include "pipelines/expression/value_type.hpp"

#include <string_view>

namespace lepton::pipelines::expr {

namespace {

template <class From, class To>
void widen(const From* from, std::size_t count, To* __restrict to) {
  for (std::size_t i = 0; i < count; ++i)
    to[i] = static_cast<To>(from[i]);
}

/// One byte a bit, each xor `flip`.
void unpack(const std::uint8_t* bits, std::size_t count, std::uint8_t flip,
            std::uint8_t* __restrict to) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const unsigned byte = bits[i / 8];
    for (unsigned k = 0; k < 8; ++k)
      to[i + k] = static_cast<std::uint8_t>(((byte >> k) & 1) ^ flip);
  }
  for (; i < count; ++i)
    to[i] = static_cast<std::uint8_t>(((bits[i / 8] >> (i % 8)) & 1) ^ flip);
}

void views(const core::column& from, std::size_t first, std::size_t count, std::string_view* to) {
  const auto* offsets = from.offsets.as<std::int32_t>() + first;
  const auto* bytes = from.values.as<char>();
  for (std::size_t i = 0; i < count; ++i)
    to[i] = {bytes + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
}

} // namespace

column_loader::column_loader(core::data_type type) : type_{type} {
  const auto kind = value_type_of(type);
  const bool in_place = type.value_size() == 8 || kind == value_type::list;
  if (!in_place)
    values_.resize(chunk_rows * element_size(kind));
}

lane column_loader::load(const core::column& from, std::int64_t first, std::size_t count) {
  LEPTON_ASSERT(from.type == type_);
  const auto begin = static_cast<std::size_t>(first);
  return {load_values(from, begin, count), load_states(from, begin, count), false};
}

const void* column_loader::load_values(const core::column& from, std::size_t first,
                                       std::size_t count) {
  switch (type_.id) {
    case core::type_id::boolean:
      unpack(from.values.data() + first / 8, count, 0, values_.data());
      break;
    case core::type_id::int32:
      widen(from.values.as<std::int32_t>() + first, count, values_.as<std::int64_t>());
      break;
    case core::type_id::float32:
      widen(from.values.as<float>() + first, count, values_.as<double>());
      break;
    case core::type_id::string:
    case core::type_id::binary: views(from, first, count, values_.as<std::string_view>()); break;
    case core::type_id::int64:
    case core::type_id::float64:
    case core::type_id::timestamp_ms:
    case core::type_id::float32_list: return from.values.data() + first * type_.value_size();
  }
  return values_.data();
}

const row_state* column_loader::load_states(const core::column& from, std::size_t first,
                                            std::size_t count) {
  if (from.null_count == 0)
    return nullptr;
  states_.resize(chunk_rows);
  unpack(from.validity.data() + first / 8, count, 1, states_.data());
  return states_.data();
}

} // namespace lepton::pipelines::expr
