#include "crypto/envelope/context.hpp"

#include <cstring>

namespace lepton::crypto {

namespace {

template <class T>
void append_number(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

} // namespace

void append_part(std::string& out, std::string_view part) {
  append_number(out, static_cast<std::uint32_t>(part.size()));
  out += part;
}

context_writer::context_writer(const stream_identity& stream) {
  append_part(fixed_, stream.tenant);
  append_part(fixed_, stream.pipeline);
  append_part(fixed_, stream.schema);
}

std::span<const std::uint8_t> context_writer::write(std::string_view header,
                                                    const core::seal_context& context,
                                                    bool partition_bound) {
  out_.assign(header);
  out_ += fixed_;
  append_part(out_, context.topic);
  append_part(out_, context.record_key);
  if (partition_bound)
    append_number(out_, context.partition);
  return {reinterpret_cast<const std::uint8_t*>(out_.data()), out_.size()};
}

} // namespace lepton::crypto
