#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lepton::kernels::onnx {

using bytes = std::span<const std::uint8_t>;

/// Walks over the fields of one protobuf message in wire format (protobuf.dev, "Encoding").
/// Reads only what lies inside its bytes; nested messages are other readers over `message()`, so
/// the caller's code decides how deep it goes. Groups (deprecated) are refused. Copies nothing.
class wire_reader {
public:
  explicit wire_reader(bytes message) : rest_{message} {}

  /// Goes to the next field. False at the end and at the first violation of the format.
  bool next();
  /// True if `next` stopped at, or a getter was asked for, something that is not as it should be.
  bool failed() const noexcept { return failed_; }

  std::uint32_t field() const noexcept { return field_; }

  /// The value of the current field; zero or empty, and `failed`, if it has another wire type.
  std::int64_t integer();
  float real();
  bytes message();
  std::string_view text();

  /// Append one value or a packed run of them.
  void append_integers(std::vector<std::int64_t>& to);
  void append_reals(std::vector<float>& to);
  void append_doubles(std::vector<double>& to);

private:
  enum class wire_type : std::uint8_t { varint = 0, fixed64 = 1, block = 2, fixed32 = 5 };

  bool expect(wire_type type);
  bool take_varint(std::uint64_t& value);
  bool take_fixed(std::size_t size);
  bool take_bytes();
  bool fail();

  bytes rest_;
  bytes payload_; ///< of the current field: fixed32, fixed64 or block
  std::uint64_t number_ = 0;
  std::uint32_t field_ = 0;
  wire_type type_ = wire_type::varint;
  bool failed_ = false;
};

} // namespace lepton::kernels::onnx
