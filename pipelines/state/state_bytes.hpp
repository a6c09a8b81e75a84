#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace lepton::pipelines {

static_assert(std::endian::native == std::endian::little, "state is written as it lies in memory");

/// Appends plain values and bytes to a string, little-endian, without padding.
class state_writer {
public:
  explicit state_writer(std::string& out) : out_{out} {}

  template <class T>
  void put(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_raw(const void* bytes, std::size_t size) {
    out_.append(static_cast<const char*>(bytes), size);
  }
  /// A length of 32 bits, then the bytes.
  void put_bytes(std::string_view bytes) {
    put(static_cast<std::uint32_t>(bytes.size()));
    out_ += bytes;
  }
  std::size_t size() const noexcept { return out_.size(); }

private:
  std::string& out_;
};

/// Reads what `state_writer` wrote, from bytes that nobody vouches for: a read past the end gives
/// zeros and turns `ok()` false for good. Does not own the bytes.
class state_reader {
public:
  explicit state_reader(std::string_view bytes) : rest_{bytes} {}

  template <class T>
  T get() noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    get_raw(&value, sizeof value);
    return value;
  }
  bool get_raw(void* to, std::size_t size) noexcept {
    if (size > rest_.size()) {
      fail();
      return false;
    }
    if (size != 0)
      std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
  }
  std::string_view get_view(std::size_t size) noexcept {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  std::string_view get_bytes() noexcept { return get_view(get<std::uint32_t>()); }
  /// A count of things that take at least `each` bytes; more than the rest can hold is a failure.
  std::size_t get_count(std::size_t each) noexcept {
    const std::size_t count = get<std::uint32_t>();
    if (count * each > rest_.size())
      fail();
    return ok_ ? count : 0;
  }
  void fail() noexcept {
    ok_ = false;
    rest_ = {};
  }
  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return rest_.empty(); }
  std::size_t left() const noexcept { return rest_.size(); }

private:
  std::string_view rest_;
  bool ok_ = true;
};

/// 64 well-mixed bits of the bytes: the hash of keys and the checksum of state. The same on every
/// machine and in every version, because key groups and files depend on it. Finds accidents, not
/// forgeries: files are sealed for that. Multiply and fold, as in wyhash (Wang Yi, 2019).
std::uint64_t stable_hash(std::string_view bytes) noexcept;

/// The same for eight bytes. A bijection (the finish of SplitMix64; Steele, Lea and Flood, 2014).
constexpr std::uint64_t stable_hash(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Puts a frame around state: magic, version, kind, length, body, checksum. `kind` tells one
/// object's state from another's, so that it can never be restored into the wrong one.
std::string frame_state(std::uint32_t kind, std::uint16_t version, std::string_view body);

/// The body of a frame of this kind and version at the start of `bytes`; `error` says what is
/// wrong otherwise. `size` receives the bytes of the whole frame.
bool open_state(std::string_view bytes, std::uint32_t kind, std::uint16_t version,
                std::string_view& body, std::size_t& size, std::string& error);

/// Four characters as the kind of a frame.
constexpr std::uint32_t state_kind(const char (&name)[5]) noexcept {
  std::uint32_t out = 0;
  for (int i = 3; i >= 0; --i)
    out = out << 8 | static_cast<unsigned char>(name[i]);
  return out;
}

} // namespace lepton::pipelines
