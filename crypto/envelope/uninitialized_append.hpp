#pragma once

#include <cstddef>
#include <string>

namespace lepton::crypto {

#if defined(__GLIBCXX__)

namespace detail {

// `resize` writes zeros that the cipher writes over at once: at 64 KiB that is a fifth of the time.
// libstdc++ 12 has the length setter, but `resize_and_overwrite` only in C++23. An explicit
// instantiation may name a private member ([temp.spec.general]/6).
template <auto Setter>
struct length_access {
  friend void set_length(std::string& text, std::size_t size) { (text.*Setter)(size); }
};
void set_length(std::string& text, std::size_t size);
template struct length_access<&std::string::_M_set_length>;

} // namespace detail

/// Grows `text` by `count` bytes of any content.
inline void append_uninitialized(std::string& text, std::size_t count) {
  const auto size = text.size() + count;
  if (size > text.capacity())
    text.reserve(size > 2 * text.capacity() ? size : 2 * text.capacity());
  detail::set_length(text, size);
}

#else

inline void append_uninitialized(std::string& text, std::size_t count) {
  text.resize(text.size() + count);
}

#endif

} // namespace lepton::crypto
