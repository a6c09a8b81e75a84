#include "crypto/audit/audit_entry.hpp"

#include "crypto/token/text_codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view hash_domain = "lepton-audit-1";
constexpr std::string_view signature_key = R"(,"sig":")";
constexpr std::size_t signature_digits = 128;
/// ,"sig":"<128 digits>"}
constexpr std::size_t signature_tail = signature_key.size() + signature_digits + 2;

core::error malformed(const char* why) {
  return {core::errc::malformed, why};
}

json begin(std::uint64_t sequence, utc_micros time) {
  return {{"seq", sequence}, {"time", format_utc(time)}};
}

/// Bytes that are no UTF-8 must not keep an entry from being written.
std::string text_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool read_text(const json& object, const char* key, std::string& out) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    return false;
  out = found->get<std::string>();
  return true;
}

bool read_hash(const json& object, const char* key, audit_hash& out) {
  std::string text;
  if (!read_text(object, key, text))
    return false;
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != out.size())
    return false;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return true;
}

bool read_record(const json& object, audit_record& out) {
  return object.size() == 9 && read_text(object, "actor", out.actor) &&
         read_text(object, "token", out.token) && read_text(object, "verb", out.verb) &&
         read_text(object, "resource", out.resource) && read_text(object, "result", out.result) &&
         read_text(object, "args", out.arguments);
}

/// The signature stands at the end of the line, in its one form, behind what it signs.
bool read_signature(std::string_view line, audit_line& out) {
  if (line.size() <= signature_tail || !line.ends_with("\"}"))
    return false;
  const auto tail = line.substr(line.size() - signature_tail);
  if (!tail.starts_with(signature_key))
    return false;
  const auto bytes = from_hex(tail.substr(signature_key.size(), signature_digits));
  if (!bytes || bytes->size() != out.sig.size())
    return false;
  std::copy(bytes->begin(), bytes->end(), out.sig.begin());
  out.signed_text = line.substr(0, line.size() - signature_tail);
  return true;
}

} // namespace

std::string audit_arguments(std::string_view arguments) {
  audit_hash out{};
  crypto_generichash(out.data(), out.size(), bytes_of(arguments).data(), arguments.size(), nullptr,
                     0);
  return hex(out);
}

audit_hash hash_of_line(std::string_view line) {
  audit_hash out{};
  crypto_generichash(out.data(), out.size(), bytes_of(line).data(), line.size(),
                     bytes_of(hash_domain).data(), hash_domain.size());
  return out;
}

std::string start_line(std::uint64_t sequence, utc_micros time, const audit_hash& previous,
                       std::string_view log) {
  auto line = begin(sequence, time);
  line["log"] = log;
  line["prev"] = hex(previous);
  return text_of(line) + "\n";
}

std::string entry_line(std::uint64_t sequence, utc_micros time, const audit_hash& previous,
                       const audit_record& record) {
  auto line = begin(sequence, time);
  line["actor"] = record.actor;
  line["token"] = record.token;
  line["verb"] = record.verb;
  line["resource"] = record.resource;
  line["result"] = record.result;
  line["args"] = record.arguments;
  line["prev"] = hex(previous);
  return text_of(line) + "\n";
}

std::string checkpoint_line(std::uint64_t sequence, utc_micros time, const audit_hash& previous,
                            const signing_key& key) {
  auto line = begin(sequence, time);
  line["checkpoint"] = true;
  line["prev"] = hex(previous);
  auto text = text_of(line);
  text.pop_back(); // the signature stands before the last brace
  const auto sig = sign(key, bytes_of(text));
  text += signature_key;
  return text + hex(sig) + "\"}\n";
}

core::result<audit_line> parse_audit_line(std::string_view text) {
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object())
    return malformed("it is no JSON object");
  audit_line out;
  const auto sequence = object.find("seq");
  if (sequence == object.end() || !sequence->is_number_unsigned() ||
      !read_text(object, "time", out.time) || !read_hash(object, "prev", out.previous))
    return malformed("it lacks its number, time or chain");
  out.sequence = sequence->get<std::uint64_t>();
  if (object.contains("checkpoint")) {
    out.what = audit_line::kind::checkpoint;
    if (object.size() != 5 || !read_signature(text, out))
      return malformed("it is a checkpoint without a signature");
  } else if (object.contains("log")) {
    out.what = audit_line::kind::start;
    if (object.size() != 4 || !read_text(object, "log", out.log))
      return malformed("it does not begin a log");
  } else if (!read_record(object, out.record)) {
    return malformed("it is no entry");
  }
  return out;
}

core::result<audit_line> parse_audit_frame(std::string_view text) {
  constexpr std::string_view begin = R"({"seq":)";
  constexpr std::string_view time = R"(,"time":"2026-11-25T07:05:00.000000Z",)";
  constexpr std::string_view previous = R"("prev":")";
  const auto wrong = malformed("it is no line of an audit log");
  audit_line out;
  if (!text.starts_with(begin) || !text.ends_with("\"}"))
    return wrong;
  const auto [after, failure] =
      std::from_chars(text.data() + begin.size(), text.data() + text.size(), out.sequence);
  const auto rest = text.substr(static_cast<std::size_t>(after - text.data()));
  if (failure != std::errc{} || rest.size() < time.size() || !rest.starts_with(time.substr(0, 9)))
    return wrong;
  const auto body = rest.substr(time.size());
  auto chained = text; // ends behind the previous hash
  if (body.starts_with(R"("checkpoint":true,)")) {
    out.what = audit_line::kind::checkpoint;
    if (!read_signature(text, out))
      return malformed("it is a checkpoint without a signature");
    chained = text.substr(0, out.signed_text.size() + 1);
  } else if (body.starts_with(R"("log":")")) {
    out.what = audit_line::kind::start;
    out.log = body.substr(7, body.find('"', 7) - 7);
  } else if (!body.starts_with(R"("actor":")")) {
    return wrong;
  }
  const auto tail_size = previous.size() + 64 + 2;
  if (chained.size() < tail_size ||
      !chained.substr(chained.size() - tail_size).starts_with(previous))
    return wrong;
  const auto bytes = from_hex(chained.substr(chained.size() - 66, 64));
  if (!bytes)
    return wrong;
  std::copy(bytes->begin(), bytes->end(), out.previous.begin());
  return out;
}

std::string audit_head::text() const {
  return fmt::format("{}:{}", sequence, hex(hash));
}

core::result<audit_head> audit_head::parse(std::string_view text) {
  const core::error wrong{core::errc::malformed,
                          "not the head of an audit log; `lepton audit show --head` prints one"};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return wrong;
  audit_head out;
  const auto* end = text.data() + colon;
  const auto [rest, error] = std::from_chars(text.data(), end, out.sequence);
  const auto bytes = from_hex(text.substr(colon + 1));
  if (error != std::errc{} || rest != end || !bytes || bytes->size() != out.hash.size())
    return wrong;
  std::copy(bytes->begin(), bytes->end(), out.hash.begin());
  return out;
}

} // namespace lepton::crypto
