#pragma once

#include "core/sealing.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// What all parties of a stream agree on, beside the key.
struct stream_identity {
  std::string_view tenant;
  std::string_view pipeline;
  std::string_view schema;
};

/// Appends `part` with its length (u32, little-endian) in front, so that no two lists of parts are
/// the same bytes.
void append_part(std::string& out, std::string_view part);

/// Builds the associated data of envelopes: the header, the stream's identity and what the payload
/// is bound to. Allocates only until its buffer is large enough.
class context_writer {
public:
  explicit context_writer(const stream_identity& stream);

  /// The associated data of one envelope; valid until the next call. `header` is all of the header.
  /// `partition` joins if it is not negative.
  std::span<const std::uint8_t> write(std::span<const std::uint8_t> header,
                                      const core::seal_context& context, std::int32_t partition);

private:
  std::string fixed_; ///< the stream's identity
  std::string out_;   ///< a header, `fixed_`, then what differs
  std::size_t header_size_ = 0;
};

} // namespace lepton::crypto
