#include "connectors/zeromq/link_frames.hpp"

#include "connectors/zeromq/byte_cursor.hpp"

#include <algorithm>
#include <cstring>

namespace lepton::connectors {

namespace {

constexpr std::uint32_t magic = 0x314b4c4c; // "LLK1"

enum class kind : std::uint8_t {
  hello = 1,
  batch = 2,
  grant = 3,
  reset = 4,
  refusal = 5,
  heartbeat = 6,
  goodbye = 7,
};

constexpr std::size_t record_head = 8 + 4 + 8 + 4 + 4;

core::error malformed(const char* what) {
  return {core::errc::malformed, what};
}

std::string head_of(kind which) {
  std::string out;
  put_number(out, magic);
  put_number(out, link_version);
  put_number(out, static_cast<std::uint8_t>(which));
  put_number(out, std::uint16_t{0});
  return out;
}

core::result<link_message> read_hello(byte_cursor in) {
  link_hello out;
  out.session = in.number<std::uint64_t>();
  out.next = in.number<std::uint64_t>();
  out.attempt = in.number<std::uint32_t>();
  out.edge = in.text();
  out.stream = in.text();
  if (!in.at_end() || out.session == 0 || out.next == 0 || !is_link_name(out.edge) ||
      !is_link_name(out.stream))
    return malformed("a hello with wrong fields");
  return link_message{out};
}

core::result<link_message> read_grant(byte_cursor in) {
  link_grant out;
  out.session = in.number<std::uint64_t>();
  out.attempt = in.number<std::uint32_t>();
  out.acknowledged = in.number<std::uint64_t>();
  out.records = in.number<std::uint64_t>();
  out.bytes = in.number<std::uint64_t>();
  if (!in.at_end() || out.session == 0)
    return malformed("a grant with wrong fields");
  return link_message{out};
}

core::result<link_message> read_refusal(byte_cursor in) {
  const auto final = in.number<std::uint8_t>();
  const link_refusal out{final != 0, in.text()};
  const bool printable = std::all_of(out.reason.begin(), out.reason.end(),
                                     [](char c) { return c >= ' ' && c <= '~'; });
  if (!in.at_end() || final > 1 || out.reason.size() > max_link_name || !printable)
    return malformed("a refusal with wrong fields");
  return link_message{out};
}

core::result<link_message> read_batch(byte_cursor in) {
  const auto sequence = in.number<std::uint64_t>();
  if (!in.good() || sequence == 0)
    return malformed("a batch without a sequence");
  auto batch = read_link_batch(in.rest());
  if (!batch)
    return batch.error();
  batch->sequence = sequence;
  return link_message{std::move(*batch)};
}

template <class Message>
core::result<link_message> read_empty(byte_cursor in) {
  if (!in.at_end())
    return malformed("a message with bytes left over");
  return link_message{Message{}};
}

} // namespace

core::result<link_message> read_link_frame(std::string_view frame) {
  byte_cursor in{frame};
  if (in.number<std::uint32_t>() != magic)
    return malformed("not a message of a Lepton link");
  const auto version = in.number<std::uint8_t>();
  const auto which = static_cast<kind>(in.number<std::uint8_t>());
  const auto flags = in.number<std::uint16_t>();
  if (!in.good() || frame.size() > max_link_frame)
    return malformed("a message of a wrong size");
  if (version != link_version)
    return core::error{core::errc::unsupported, "a link of another version"};
  if (flags != 0)
    return malformed("a message with unknown flags");
  switch (which) {
    case kind::hello: return read_hello(in);
    case kind::batch: return read_batch(in);
    case kind::grant: return read_grant(in);
    case kind::reset: return read_empty<link_reset>(in);
    case kind::refusal: return read_refusal(in);
    case kind::heartbeat: return read_empty<link_heartbeat>(in);
    case kind::goodbye: return read_empty<link_goodbye>(in);
  }
  return malformed("a message of an unknown kind");
}

core::result<link_batch> read_link_batch(std::string_view body) {
  byte_cursor in{body};
  link_batch out;
  out.origin.topic = in.text();
  out.origin.life = in.number<std::uint64_t>();
  out.origin.partition = in.number<std::int32_t>();
  out.origin.input = in.number<std::uint32_t>();
  const auto count = in.number<std::uint32_t>();
  if (!in.good() || out.origin.topic.size() > max_link_topic || count == 0 ||
      count > max_link_records || in.rest().size() < count * record_head)
    return malformed("a batch with a wrong head");
  byte_cursor heads{in.take(count * record_head)};
  out.records.resize(count);
  for (auto& record : out.records) {
    record.offset = heads.number<std::int64_t>();
    record.row = heads.number<std::uint32_t>();
    record.timestamp = heads.number<std::int64_t>();
    const auto key = heads.number<std::uint32_t>();
    const auto payload = heads.number<std::uint32_t>();
    record.key = in.take(key);
    record.payload = in.take(payload);
    if (!in.good() || record.offset < 0 || record.row >= max_origin_rows || record.timestamp < -1)
      return malformed("a batch with a wrong record");
  }
  if (!in.at_end())
    return malformed("a batch with bytes left over");
  return out;
}

std::string write_link_frame(const link_hello& hello) {
  auto out = head_of(kind::hello);
  put_number(out, hello.session);
  put_number(out, hello.next);
  put_number(out, hello.attempt);
  put_text(out, hello.edge);
  put_text(out, hello.stream);
  return out;
}

std::string write_link_frame(const link_grant& grant) {
  auto out = head_of(kind::grant);
  put_number(out, grant.session);
  put_number(out, grant.attempt);
  put_number(out, grant.acknowledged);
  put_number(out, grant.records);
  put_number(out, grant.bytes);
  return out;
}

std::string write_link_frame(const link_refusal& refusal) {
  auto out = head_of(kind::refusal);
  put_number(out, static_cast<std::uint8_t>(refusal.final));
  put_text(out, refusal.reason.substr(0, max_link_name));
  return out;
}

std::string write_link_frame(link_reset) {
  return head_of(kind::reset);
}

std::string write_link_frame(link_heartbeat) {
  return head_of(kind::heartbeat);
}

std::string write_link_frame(link_goodbye) {
  return head_of(kind::goodbye);
}

std::string write_link_batch(const link_origin& origin, const std::vector<link_record>& records) {
  std::size_t bytes = 0;
  for (const auto& record : records)
    bytes += record.key.size() + record.payload.size();
  auto out = head_of(kind::batch);
  out.reserve(link_batch_head + 2 + origin.topic.size() + 20 + records.size() * record_head +
              bytes);
  put_number(out, std::uint64_t{0});
  put_text(out, origin.topic);
  put_number(out, origin.life);
  put_number(out, origin.partition);
  put_number(out, origin.input);
  put_number(out, static_cast<std::uint32_t>(records.size()));
  for (const auto& record : records) {
    put_number(out, record.offset);
    put_number(out, record.row);
    put_number(out, record.timestamp);
    put_number(out, static_cast<std::uint32_t>(record.key.size()));
    put_number(out, static_cast<std::uint32_t>(record.payload.size()));
  }
  for (const auto& record : records) {
    out += record.key;
    out += record.payload;
  }
  return out;
}

void set_link_sequence(std::string& frame, std::uint64_t sequence) {
  LEPTON_ASSERT(frame.size() >= link_batch_head);
  std::memcpy(frame.data() + link_batch_head - sizeof sequence, &sequence, sizeof sequence);
}

std::string frame_link_body(std::string_view body) {
  auto out = head_of(kind::batch);
  out.reserve(link_batch_head + body.size());
  put_number(out, std::uint64_t{0});
  out += body;
  return out;
}

bool is_link_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_link_name &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-' || c == '/' || c == ':';
         });
}

} // namespace lepton::connectors
