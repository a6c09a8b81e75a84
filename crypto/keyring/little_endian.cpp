#include "crypto/keyring/little_endian.hpp"

namespace lepton::crypto {

void byte_writer::raw(std::string_view bytes) {
  text_.append(bytes);
}

std::string byte_writer::take() noexcept {
  return std::exchange(text_, {});
}

void byte_writer::number(std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    text_.push_back(static_cast<char>(value >> (8 * i)));
}

} // namespace lepton::crypto
