#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lepton::connectors {

// The messages of an acknowledged ZeroMQ link, each one frame. docs/formats/zeromq.md describes
// every byte. The reader is strict: unknown kinds, unknown flags, bytes left over, and counts and
// sizes that do not add up are refused before anything is allocated.

constexpr std::uint8_t link_version = 1;
constexpr std::uint32_t max_link_records = 65'536;  ///< in one batch
constexpr std::uint32_t max_link_bytes = 16u << 20; ///< keys and payloads of one batch
constexpr std::size_t max_link_frame = 24u << 20;   ///< of any message; libzmq refuses larger ones
constexpr std::size_t max_link_name = 255;          ///< bytes of an edge id or a stream
constexpr std::size_t max_link_topic = 4096;        ///< bytes of an origin's topic
constexpr std::uint32_t max_origin_rows = 1u << 20; ///< rows that one origin record became

/// Sender: who I am. Begins or resumes a session.
struct link_hello {
  std::uint64_t session = 0; ///< random, of one life of the sender; never 0
  std::uint64_t next = 1;    ///< sequence of the first batch that follows
  std::uint32_t attempt = 0; ///< counts the hellos of a session
  std::string_view edge;
  std::string_view stream;
};

/// Receiver: the answer to everything. Sums, not differences: a lost answer costs nothing.
struct link_grant {
  std::uint64_t session = 0;
  std::uint32_t attempt = 0;      ///< of the hello since which is counted
  std::uint64_t acknowledged = 0; ///< every batch up to this sequence is settled
  std::uint64_t records = 0;      ///< that may be sent since that hello
  std::uint64_t bytes = 0;
};

/// Receiver: begin again with a hello (it does not know this connection).
struct link_reset {};

/// Receiver: will not take anything from this sender.
struct link_refusal {
  bool final = false;      ///< trying again is of no use: another sender took the name over
  std::string_view reason; ///< for a log; printable
};

/// Both: I am alive.
struct link_heartbeat {};

/// Sender: this life ends; nothing follows in this session.
struct link_goodbye {};

/// Where the records of a batch were read first.
struct link_origin {
  std::string_view topic;
  std::uint64_t life = 0; ///< 0: offsets mean the same in every life of the sender
  std::int32_t partition = 0;
  std::uint32_t input = 0; ///< which input of the sending sink the rows came by

  friend bool operator==(const link_origin&, const link_origin&) = default;
};

struct link_record {
  std::string_view key;
  std::string_view payload;
  std::int64_t offset = 0;     ///< at its origin
  std::uint32_t row = 0;       ///< among the rows that came of the same origin record
  std::int64_t timestamp = -1; ///< ms; -1 = unknown
};

/// Sender: records of one origin. Views into the frame.
struct link_batch {
  std::uint64_t sequence = 0;
  link_origin origin;
  std::vector<link_record> records;
};

using link_message = std::variant<link_hello, link_batch, link_grant, link_reset, link_refusal,
                                  link_heartbeat, link_goodbye>;

/// Reads one frame. The views point into it. Fails with malformed, or unsupported for another
/// version.
core::result<link_message> read_link_frame(std::string_view frame);

std::string write_link_frame(const link_hello& hello);
std::string write_link_frame(const link_grant& grant);
std::string write_link_frame(const link_refusal& refusal);
std::string write_link_frame(link_reset);
std::string write_link_frame(link_heartbeat);
std::string write_link_frame(link_goodbye);

/// Bytes of a batch frame before its body.
constexpr std::size_t link_batch_head = 16;

/// A batch frame whose sequence is still to be set.
std::string write_link_batch(const link_origin& origin, const std::vector<link_record>& records);
void set_link_sequence(std::string& frame, std::uint64_t sequence);
/// A batch frame from a body: what follows the head in such a frame.
std::string frame_link_body(std::string_view body);
/// Reads a body; the sequence is 0.
core::result<link_batch> read_link_batch(std::string_view body);

/// Usable as an edge id or stream: 1 to 255 letters, digits and . _ - / : characters.
bool is_link_name(std::string_view text) noexcept;

} // namespace lepton::connectors
