#include "connectors/zeromq/plain_frames.hpp"

#include "connectors/zeromq/byte_cursor.hpp"

namespace lepton::connectors {

namespace {

constexpr std::string_view sequence_magic = "LPSQ";
constexpr std::size_t sequence_size = 20;
constexpr std::size_t most_senders = 4096;

} // namespace

std::string write_sequence_frame(std::uint64_t sender, std::uint64_t number) {
  std::string out{sequence_magic};
  put_number(out, sender);
  put_number(out, number);
  return out;
}

bool read_plain_message(const std::vector<std::string_view>& frames, plain_message& out) noexcept {
  out = {};
  auto count = frames.size();
  if (count > 1 && frames.back().size() == sequence_size &&
      frames.back().starts_with(sequence_magic)) {
    byte_cursor in{frames.back().substr(sequence_magic.size())};
    out.sender = in.number<std::uint64_t>();
    out.number = in.number<std::uint64_t>();
    --count;
  }
  if (count == 0 || count > 2)
    return false;
  out.payload = frames[count - 1];
  if (count == 2)
    out.key = frames[0];
  return true;
}

std::uint64_t gap_counter::missing_before(std::uint64_t sender, std::uint64_t number) {
  if (last_.size() >= most_senders && !last_.contains(sender))
    last_.clear(); // their next messages count as their first
  auto& last = last_[sender];
  const auto missing = last != 0 && number > last + 1 ? number - last - 1 : 0;
  last = number;
  return missing;
}

} // namespace lepton::connectors
