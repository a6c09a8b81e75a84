#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace lepton::connectors {

/// Reads little-endian fields from the front of some bytes. A read past the end fails for good:
/// `good()` is false, and every value is 0 or empty from then on.
class byte_cursor {
public:
  explicit byte_cursor(std::string_view bytes) noexcept : left_{bytes} {}

  template <class T>
  T number() noexcept {
    static_assert(std::is_integral_v<T>);
    T value{};
    if (const auto bytes = take(sizeof(T)); bytes.size() == sizeof(T))
      std::memcpy(&value, bytes.data(), sizeof(T)); // Lepton runs on little-endian machines only
    return value;
  }
  std::string_view take(std::size_t size) noexcept {
    if (!good_ || size > left_.size()) {
      good_ = false;
      return {};
    }
    const auto out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }
  /// Text with its size in front, as u16.
  std::string_view text() noexcept { return take(number<std::uint16_t>()); }
  /// Seven bits a byte, the lowest first, at most ten bytes.
  std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return value;
    }
    good_ = false;
    return 0;
  }

  bool good() const noexcept { return good_; }
  /// Everything was read and nothing beyond.
  bool at_end() const noexcept { return good_ && left_.empty(); }
  std::string_view rest() const noexcept { return left_; }

private:
  std::string_view left_;
  bool good_ = true;
};

template <class T>
void put_number(std::string& out, T value) {
  static_assert(std::is_integral_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void put_text(std::string& out, std::string_view text) {
  put_number(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

} // namespace lepton::connectors
