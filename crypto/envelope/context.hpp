#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/segment.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Appends `part` with its length (u32, little-endian) in front, so that no two lists of parts are
/// the same bytes.
void append_part(std::string& out, std::string_view part);

/// Builds the associated data of envelopes: the header, the stream's identity and what the payload
/// is bound to.
class context_writer {
public:
  explicit context_writer(const stream_identity& stream);

  /// The associated data of one envelope; valid until the next call. `header` is all of it.
  std::span<const std::uint8_t> write(std::string_view header, const core::seal_context& context,
                                      bool partition_bound);

private:
  std::string fixed_; ///< identity of the stream
  std::string out_;
};

} // namespace lepton::crypto
