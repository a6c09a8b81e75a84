#include "kernels/onnx/wire_reader.hpp"

#include <cstddef>
#include <cstring>

namespace lepton::kernels::onnx {

namespace {

/// The values are little-endian; so is every machine that this is built for.
template <class T>
void append_packed(bytes from, std::vector<T>& to) {
  const std::size_t old = to.size();
  to.resize(old + from.size() / sizeof(T));
  if (!from.empty())
    std::memcpy(to.data() + old, from.data(), from.size());
}

} // namespace

bool wire_reader::next() {
  if (failed_ || rest_.empty())
    return false;
  std::uint64_t tag = 0;
  if (!take_varint(tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
    return fail();
  field_ = static_cast<std::uint32_t>(tag >> 3);
  type_ = static_cast<wire_type>(tag & 7);
  switch (type_) {
    case wire_type::varint: return take_varint(number_) || fail();
    case wire_type::fixed64: return take_fixed(8) || fail();
    case wire_type::block: return take_bytes() || fail();
    case wire_type::fixed32: return take_fixed(4) || fail();
  }
  return fail();
}

std::int64_t wire_reader::integer() {
  return expect(wire_type::varint) ? static_cast<std::int64_t>(number_) : 0;
}

float wire_reader::real() {
  float value = 0;
  if (expect(wire_type::fixed32))
    std::memcpy(&value, payload_.data(), sizeof value);
  return value;
}

bytes wire_reader::message() {
  return expect(wire_type::block) ? payload_ : bytes{};
}

std::string_view wire_reader::text() {
  const bytes found = message();
  return {reinterpret_cast<const char*>(found.data()), found.size()};
}

void wire_reader::append_integers(std::vector<std::int64_t>& to) {
  if (type_ == wire_type::varint) {
    to.push_back(static_cast<std::int64_t>(number_));
    return;
  }
  wire_reader packed{message()};
  std::uint64_t value = 0;
  while (!packed.rest_.empty() && packed.take_varint(value))
    to.push_back(static_cast<std::int64_t>(value));
  if (packed.failed_)
    fail();
}

void wire_reader::append_reals(std::vector<float>& to) {
  const bool packed = type_ == wire_type::block;
  if (packed ? payload_.size() % sizeof(float) != 0 : !expect(wire_type::fixed32))
    fail();
  else
    append_packed(payload_, to);
}

void wire_reader::append_doubles(std::vector<double>& to) {
  const bool packed = type_ == wire_type::block;
  if (packed ? payload_.size() % sizeof(double) != 0 : !expect(wire_type::fixed64))
    fail();
  else
    append_packed(payload_, to);
}

bool wire_reader::expect(wire_type type) {
  return type_ == type || fail();
}

bool wire_reader::take_varint(std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const std::uint8_t byte = rest_[i];
    if (i == 9 && byte > 1)
      break;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest_ = rest_.subspan(i + 1);
      return true;
    }
  }
  return fail();
}

bool wire_reader::take_fixed(std::size_t size) {
  if (rest_.size() < size)
    return fail();
  payload_ = rest_.first(size);
  rest_ = rest_.subspan(size);
  return true;
}

bool wire_reader::take_bytes() {
  std::uint64_t size = 0;
  return take_varint(size) && size <= rest_.size() && take_fixed(static_cast<std::size_t>(size));
}

bool wire_reader::fail() {
  failed_ = true;
  return false;
}

} // namespace lepton::kernels::onnx
