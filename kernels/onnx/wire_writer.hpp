#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::kernels::onnx {

/// Writes one protobuf message in wire format (protobuf.dev, "Encoding"), field after field. The
/// counterpart of wire_reader.
class wire_writer {
public:
  wire_writer& integer(std::uint32_t field, std::int64_t value);
  wire_writer& real(std::uint32_t field, float value);
  /// Text, raw bytes or a packed run.
  wire_writer& text(std::uint32_t field, std::string_view value);
  wire_writer& message(std::uint32_t field, const wire_writer& value) {
    return text(field, value.bytes_);
  }

  const std::string& bytes() const noexcept { return bytes_; }

private:
  void varint(std::uint64_t value);

  std::string bytes_;
};

} // namespace lepton::kernels::onnx
