#include "connectors/zeromq/crc32c.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace lepton::connectors {

namespace {

constexpr std::uint32_t polynomial = 0x82f63b78; // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    table[i] = value;
  }
  return table;
}

std::uint32_t by_table(const char* at, std::size_t size, std::uint32_t value) noexcept {
  static constexpr auto table = make_table();
  for (; size != 0; --size, ++at)
    value = table[(value ^ static_cast<std::uint8_t>(*at)) & 0xff] ^ (value >> 8);
  return value;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(const char* at, std::size_t size,
                                                               std::uint32_t value) noexcept {
  std::uint64_t wide = value;
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (; size != 0; --size, ++at)
    narrow = __builtin_ia32_crc32qi(narrow, static_cast<std::uint8_t>(*at));
  return narrow;
}
#endif

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction)
    return ~by_instruction(bytes.data(), bytes.size(), ~before);
#endif
  return ~by_table(bytes.data(), bytes.size(), ~before);
}

} // namespace lepton::connectors
