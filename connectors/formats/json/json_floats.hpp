#pragma once

#include <cstdint>
#include <vector>

namespace lepton::connectors {

/// Reads `[1.5,-2,...]`, the bulk of a feature vector, several numbers at a time. Holds only
/// scratch memory. Knows the common shape; whatever is not of that shape is left to the caller, who
/// reads it again number by number and finds the fault.
///
/// The numbers are those of `read_number`, `to_double` and a cast to float. (For at most 7 digits
/// the quotient of two floats is the same number: a division rounded to 53 bits and then to 24 is
/// the division rounded to 24, since 53 >= 2 * 24 + 2; Figueroa 1995.)
class float_list_reader {
public:
  /// `p` is behind the '['. Exactly `count` (at least 1) numbers are read to `out`, and the
  /// returned place is behind the ']'. Null if the list is not of the common shape or has another
  /// length.
  const char* read(const char* p, const char* end, float* out, int count);

private:
  bool find_separators(const char* p, const char* end, std::size_t count);

  std::vector<std::uint32_t> separators_; ///< places of ',' and ']' from p on
};

} // namespace lepton::connectors
