#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// The frame that a plain sink with `sequence: true` puts behind the others: "LPSQ", the sender's
/// random number, and the message's number from 1 on, little-endian, 20 bytes.
std::string write_sequence_frame(std::uint64_t sender, std::uint64_t number);

/// What a plain message is.
struct plain_message {
  std::string_view key; ///< or topic
  std::string_view payload;
  std::uint64_t sender = 0; ///< 0 = it has no sequence frame
  std::uint64_t number = 0;
};

/// Reads a message of one to three frames: payload; key or topic, payload; and a sequence frame
/// behind either. False for anything else.
bool read_plain_message(const std::vector<std::string_view>& frames, plain_message& out) noexcept;

/// Counts the messages that numbered senders sent and that never came. Messages of one sender come
/// in order over one connection; after a reconnection the gap is what was lost meanwhile.
class gap_counter {
public:
  /// Messages missing right before this one.
  std::uint64_t missing_before(std::uint64_t sender, std::uint64_t number);

private:
  std::map<std::uint64_t, std::uint64_t> last_; ///< number of the last message of each sender
};

} // namespace lepton::connectors
