// Any bytes as a message of an acknowledged link, and as one to three frames of a plain message.
// What is read as a batch must be written to the same bytes again.
#include "connectors/zeromq/link_frames.hpp"
#include "connectors/zeromq/plain_frames.hpp"
#include "core/assert.hpp"

namespace {

using namespace lepton::connectors;

void try_link(std::string_view bytes) {
  const auto read = read_link_frame(bytes);
  if (!read.ok())
    return;
  const auto* batch = std::get_if<link_batch>(&*read);
  if (!batch)
    return;
  auto written = write_link_batch(batch->origin, batch->records);
  set_link_sequence(written, batch->sequence);
  // Keys and payloads lie in the order of their records, so there is one way to write a batch.
  LEPTON_ASSERT(written == bytes);
}

void try_plain(std::string_view bytes) {
  plain_message message;
  const auto third = bytes.size() / 3;
  read_plain_message({bytes}, message);
  read_plain_message({bytes.substr(0, third), bytes.substr(third)}, message);
  if (read_plain_message(
          {bytes.substr(0, third), bytes.substr(third, third), bytes.substr(2 * third)}, message))
    LEPTON_ASSERT(message.payload.data() == bytes.data() + third);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  try_link(bytes);
  try_plain(bytes);
  return 0;
}
