#include "pipelines/operators/row_hash.hpp"

#include <string_view>

namespace lepton::pipelines {

namespace {

constexpr std::uint64_t fnv_prime = 0x100000001b3;
constexpr std::uint64_t fnv_offset = 0xcbf29ce484222325;

std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t of_bytes(std::string_view bytes, std::uint64_t seed) noexcept {
  std::uint64_t hash = fnv_offset ^ seed;
  for (const char byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * fnv_prime;
  return mix(hash ^ (bytes.size() << 56));
}

std::uint64_t of_number(std::int64_t value, std::uint64_t seed) noexcept {
  return mix(static_cast<std::uint64_t>(value) ^ mix(seed));
}

} // namespace

std::uint64_t row_hash(const core::column& column, std::int64_t row, std::uint64_t seed) noexcept {
  if (!column.valid(row))
    return mix(~seed);
  const auto at = static_cast<std::size_t>(row);
  switch (column.type.id) {
    case core::type_id::boolean: return of_number(column.boolean_at(row) ? 1 : 0, seed);
    case core::type_id::int32: return of_number(column.as<std::int32_t>()[at], seed);
    case core::type_id::string:
    case core::type_id::binary: return of_bytes(column.string_at(row), seed);
    default: break;
  }
  const auto size = column.type.value_size();
  if (size == sizeof(std::int64_t) && column.type.id != core::type_id::float64)
    return of_number(column.as<std::int64_t>()[at], seed);
  return of_bytes({column.values.as<char>() + at * size, size}, seed);
}

origin_hasher::origin_hasher(const core::batch& rows, std::uint64_t seed) noexcept
    : rows_{rows}, seed_{seed} {
  if (!rows.raw)
    return;
  records_ = rows.raw->records();
  seed_ = of_bytes(*rows.raw->topic, seed) + static_cast<std::uint64_t>(rows.raw->partition);
}

std::uint64_t origin_hasher::operator()(std::int64_t row) const noexcept {
  if (!rows_.raw)
    return of_number(row, seed_);
  return of_number(records_[static_cast<std::size_t>(rows_.raw_row(row))].offset, seed_);
}

} // namespace lepton::pipelines
