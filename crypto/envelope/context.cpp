#include "crypto/envelope/context.hpp"

#include "crypto/envelope/uninitialized_append.hpp"

#include <bit>
#include <cstring>

namespace lepton::crypto {

namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers are written as they lie in memory");

char* put(char* at, const void* data, std::size_t size) {
  if (size != 0)
    std::memcpy(at, data, size);
  return at + size;
}

char* put_part(char* at, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  return put(put(at, &size, sizeof size), part.data(), part.size());
}

} // namespace

void append_part(std::string& out, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += part;
}

context_writer::context_writer(const stream_identity& stream) {
  append_part(fixed_, stream.tenant);
  append_part(fixed_, stream.pipeline);
  append_part(fixed_, stream.schema);
}

std::span<const std::uint8_t> context_writer::write(std::span<const std::uint8_t> header,
                                                    const core::seal_context& context,
                                                    std::int32_t partition) {
  const auto begin = header.size() + fixed_.size();
  const auto wanted = begin + 2 * sizeof(std::uint32_t) + context.topic.size() +
                      context.record_key.size() + sizeof partition;
  if (out_.size() < wanted)
    append_uninitialized(out_, wanted - out_.size());
  put(out_.data(), header.data(), header.size());
  if (header_size_ != header.size()) {
    put(out_.data() + header.size(), fixed_.data(), fixed_.size());
    header_size_ = header.size();
  }
  char* at = put_part(out_.data() + begin, context.topic);
  at = put_part(at, context.record_key);
  if (partition >= 0)
    at = put(at, &partition, sizeof partition);
  return {reinterpret_cast<const std::uint8_t*>(out_.data()),
          static_cast<std::size_t>(at - out_.data())};
}

} // namespace lepton::crypto
