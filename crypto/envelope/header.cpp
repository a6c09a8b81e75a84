#include "crypto/envelope/header.hpp"

#include <bit>
#include <cstring>

namespace lepton::crypto {

namespace {

static_assert(std::endian::native == std::endian::little,
              "headers are written as they lie in memory");

constexpr std::array<char, 4> magic{'L', 'P', 'E', '1'};

/// As the header lies in an envelope.
struct [[gnu::packed]] wire_header {
  std::array<char, 4> magic;
  std::uint8_t suite;
  std::uint8_t flags;
  std::uint16_t size;
  key_id key;
  segment_salt salt;
  key_commitment commitment;
  std::uint64_t sequence;
  std::uint32_t records;
  std::uint32_t plain_size;
};
static_assert(sizeof(wire_header) == header_size);

} // namespace

void write_header(const envelope_header& header, std::uint8_t* out) noexcept {
  const wire_header wire{magic,
                         static_cast<std::uint8_t>(header.suite),
                         header.flags,
                         header.size,
                         header.key,
                         header.salt,
                         header.commitment,
                         header.sequence,
                         header.records,
                         header.plain_size};
  std::memcpy(out, &wire, sizeof wire);
}

std::optional<envelope_header> read_header(std::string_view envelope) noexcept {
  wire_header wire;
  if (envelope.size() < sizeof wire)
    return std::nullopt;
  std::memcpy(&wire, envelope.data(), sizeof wire);
  const bool recipients = wire.suite == static_cast<std::uint8_t>(core::seal_suite::recipients);
  const bool symmetric =
      wire.suite == static_cast<std::uint8_t>(core::seal_suite::xchacha20_poly1305) ||
      wire.suite == static_cast<std::uint8_t>(core::seal_suite::aegis_256);
  if (wire.magic != magic || (!recipients && !symmetric) ||
      (wire.flags & ~envelope_flag::known) != 0 || (symmetric && wire.size != header_size) ||
      wire.size > envelope.size() || wire.plain_size > max_plaintext)
    return std::nullopt;
  if ((wire.flags & envelope_flag::batch) == 0 && wire.records != 1)
    return std::nullopt;
  return envelope_header{static_cast<core::seal_suite>(wire.suite),
                         wire.flags,
                         wire.size,
                         wire.key,
                         wire.salt,
                         wire.commitment,
                         wire.sequence,
                         wire.records,
                         wire.plain_size};
}

} // namespace lepton::crypto
