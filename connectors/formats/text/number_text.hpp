#pragma once

#include <cstdint>

namespace lepton::connectors {

/// Longest texts of the functions below.
inline constexpr int integer_text_size = 20;
inline constexpr int float_text_size = 32;

/// Writes a whole number in decimal. Returns the end.
char* write_integer(std::int64_t value, char* to) noexcept;

/// Writes the shortest decimal text that reads back as the same number, with an exponent only below
/// 1e-5 and from 1e15 on. The value must be finite. Returns the end. The text is a JSON number.
char* write_float(float value, char* to) noexcept;
char* write_double(double value, char* to) noexcept;

} // namespace lepton::connectors
