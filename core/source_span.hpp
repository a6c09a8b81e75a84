#pragma once

#include <cstdint>

namespace lepton::core {

/// A place in the user's configuration file. Line and column count from 1; 0 means unknown.
/// `length` is in columns and never crosses a line.
struct source_span {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;

  bool known() const noexcept { return line != 0; }
  friend bool operator==(const source_span&, const source_span&) = default;
};

} // namespace lepton::core
