#include "kernels/onnx/wire_writer.hpp"

namespace lepton::kernels::onnx {

namespace {

enum : std::uint32_t { varint_type = 0, block_type = 2, fixed32_type = 5 };

} // namespace

wire_writer& wire_writer::integer(std::uint32_t field, std::int64_t value) {
  varint(field << 3 | varint_type);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

wire_writer& wire_writer::real(std::uint32_t field, float value) {
  varint(field << 3 | fixed32_type);
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  return *this;
}

wire_writer& wire_writer::text(std::uint32_t field, std::string_view value) {
  varint(field << 3 | block_type);
  varint(value.size());
  bytes_ += value;
  return *this;
}

void wire_writer::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

} // namespace lepton::kernels::onnx
