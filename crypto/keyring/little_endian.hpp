#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lepton::crypto {

/// Appends numbers with their lowest byte first, and bytes as they are.
class byte_writer {
public:
  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void raw(std::string_view bytes);
  void raw(std::span<const std::uint8_t> bytes) {
    raw({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  const std::string& text() const noexcept { return text_; }
  /// The text; the writer is then empty.
  std::string take() noexcept;

private:
  void number(std::uint64_t value, int bytes);
  std::string text_;
};

/// Reads what byte_writer wrote. Past the end it gives zeros and `failed` becomes true.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : left_{bytes} {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view text(std::size_t size) {
    if (size > left_.size()) {
      failed_ = true;
      left_ = {};
      return {};
    }
    const auto out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }
  void raw(std::span<std::uint8_t> out) {
    const auto bytes = text(out.size());
    if (!bytes.empty())
      std::memcpy(out.data(), bytes.data(), bytes.size());
  }
  void skip(std::size_t size) { text(size); }

  bool failed() const noexcept { return failed_; }
  std::size_t left() const noexcept { return left_.size(); }

private:
  std::uint64_t number(std::size_t bytes) {
    const auto from = text(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < from.size(); ++i)
      value |= std::uint64_t{static_cast<std::uint8_t>(from[i])} << (8 * i);
    return value;
  }
  std::string_view left_;
  bool failed_ = false;
};

} // namespace lepton::crypto
