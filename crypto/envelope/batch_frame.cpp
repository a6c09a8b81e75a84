#include "crypto/envelope/batch_frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace lepton::crypto {

namespace {

constexpr std::size_t entry_size = 16;

static_assert(std::endian::native == std::endian::little,
              "frames are written as they lie in memory");

template <class T>
void put(char*& at, T value) {
  std::memcpy(at, &value, sizeof value);
  at += sizeof value;
}

template <class T>
T get(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

core::error broken() {
  return {core::errc::malformed, "the frame of a batch does not add up"};
}

} // namespace

void frame_records(std::span<const framed_record> records, std::string& out) {
  std::size_t bytes = records.size() * entry_size;
  for (const auto& record : records)
    bytes += record.key.size() + record.payload.size();
  const auto begin = out.size();
  out.resize(begin + bytes);
  char* entry = out.data() + begin;
  char* body = entry + records.size() * entry_size;
  for (const auto& record : records) {
    put(entry, static_cast<std::uint32_t>(record.key.size()));
    put(entry, static_cast<std::uint32_t>(record.payload.size()));
    put(entry, record.timestamp_ms);
    body = std::copy(record.key.begin(), record.key.end(), body);
    body = std::copy(record.payload.begin(), record.payload.end(), body);
  }
}

core::result<void> unframe_records(std::string_view frame, std::uint32_t count,
                                   std::vector<framed_record>& out) {
  if (frame.size() / entry_size < count)
    return broken();
  const char* entry = frame.data();
  auto rest = frame.substr(count * entry_size);
  out.reserve(out.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto key = get<std::uint32_t>(entry);
    const auto payload = get<std::uint32_t>(entry);
    const auto timestamp = get<std::int64_t>(entry);
    if (rest.size() < std::uint64_t{key} + payload)
      return broken();
    out.push_back({rest.substr(0, key), rest.substr(key, payload), timestamp});
    rest.remove_prefix(std::size_t{key} + payload);
  }
  if (!rest.empty())
    return broken();
  return {};
}

} // namespace lepton::crypto
