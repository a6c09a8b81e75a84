#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::kernels::train {

/// A 64-bit sum of bytes: finds damage, and proves nothing to somebody who wants to forge.
std::uint64_t checksum(std::span<const std::uint8_t> bytes) noexcept;

/// Writes the state of an object as bytes, little-endian: four letters, a version, the fields in
/// order, a checksum.
class state_writer {
public:
  state_writer(std::string_view letters, std::uint32_t version);

  template <class T>
  void put(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    put_bytes(&value, sizeof value);
  }
  /// Its length in values, then the values.
  template <class T>
  void put_all(std::span<const T> values) {
    static_assert(std::is_arithmetic_v<T>);
    put(static_cast<std::uint64_t>(values.size()));
    put_bytes(values.data(), values.size_bytes());
  }
  void put_text(std::string_view text) { put_all(std::span<const char>{text}); }

  std::vector<std::uint8_t> finish() &&;

private:
  void put_bytes(const void* from, std::size_t count);

  std::vector<std::uint8_t> bytes_;
};

/// Reads what state_writer wrote. After the first field that is not there, everything reads as
/// zero or empty and `complete` is false: check it before anything is used.
class state_reader {
public:
  /// `what` names the object in messages. Errors: malformed (other letters, damaged, cut off),
  /// unsupported (a later version).
  static core::result<state_reader> open(std::span<const std::uint8_t> bytes,
                                         std::string_view letters, std::uint32_t version,
                                         std::string_view what);

  template <class T>
  T get() {
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    const auto from = take(sizeof value);
    if (!from.empty())
      std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  /// Values as bytes without a copy; empty, and not `complete`, if there are not `count`.
  template <class T>
  std::span<const std::uint8_t> view(std::uint64_t count) {
    if (get<std::uint64_t>() != count || count > rest_.size() / sizeof(T))
      failed_ = true;
    return failed_ ? std::span<const std::uint8_t>{} : take(count * sizeof(T));
  }
  /// As many values as were written, at most `most`.
  template <class T>
  std::vector<T> get_all(std::uint64_t most) {
    const auto count = get<std::uint64_t>();
    if (count > most || count > rest_.size() / sizeof(T)) {
      failed_ = true;
      return {};
    }
    const auto from = take(count * sizeof(T));
    std::vector<T> values(static_cast<std::size_t>(count));
    if (!from.empty())
      std::memcpy(values.data(), from.data(), from.size());
    return values;
  }
  std::string get_text(std::uint64_t most);

  /// Success if everything was there and nothing is left, else malformed.
  core::result<void> complete() const;

private:
  state_reader(std::span<const std::uint8_t> rest, std::string_view what)
      : rest_{rest}, what_{what} {}
  std::span<const std::uint8_t> take(std::uint64_t count);

  std::span<const std::uint8_t> rest_;
  std::string what_;
  bool failed_ = false;
};

} // namespace lepton::kernels::train
