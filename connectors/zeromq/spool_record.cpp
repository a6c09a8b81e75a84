#include "connectors/zeromq/spool_record.hpp"

#include "connectors/zeromq/byte_cursor.hpp"
#include "connectors/zeromq/crc32c.hpp"

namespace lepton::connectors {

namespace {

constexpr std::string_view segment_magic = "LPSPOOL1";
constexpr std::uint32_t flag_sealed = 1;
constexpr std::string_view record_magic = "LPSR";

} // namespace

std::string write_spool_head(const spool_head& head) {
  std::string out{segment_magic};
  put_number(out, std::uint32_t{head.sealed ? flag_sealed : 0});
  put_number(out, std::uint32_t{0});
  put_number(out, head.first);
  put_number(out, std::uint32_t{0});
  put_number(out, crc32c(out));
  return out;
}

bool read_spool_head(std::string_view bytes, spool_head& out) noexcept {
  byte_cursor in{bytes.substr(0, spool_head_size)};
  const auto magic = in.take(segment_magic.size());
  const auto flags = in.number<std::uint32_t>();
  const auto zero = in.number<std::uint32_t>();
  out.first = in.number<std::uint64_t>();
  const auto also_zero = in.number<std::uint32_t>();
  const auto checksum = in.number<std::uint32_t>();
  out.sealed = (flags & flag_sealed) != 0;
  return in.at_end() && magic == segment_magic && flags <= flag_sealed && zero == 0 &&
         also_zero == 0 && checksum == crc32c(bytes.substr(0, spool_head_size - 4));
}

void write_spool_record(std::uint64_t index, std::string_view body, std::string& out) {
  const auto begin = out.size();
  out += record_magic;
  put_number(out, static_cast<std::uint32_t>(body.size()));
  put_number(out, index);
  const auto checksum = crc32c(body, crc32c(std::string_view{out}.substr(begin)));
  put_number(out, checksum);
  out += body;
}

bool spool_scanner::read_at(std::size_t at, spool_record& out) const noexcept {
  byte_cursor in{segment_.substr(at)};
  const auto magic = in.take(record_magic.size());
  const auto size = in.number<std::uint32_t>();
  out.index = in.number<std::uint64_t>();
  const auto checksum = in.number<std::uint32_t>();
  if (!in.good() || magic != record_magic || size > max_spool_record || out.index < expected_)
    return false;
  out.body = in.take(size);
  out.begin = at;
  out.end = at + spool_record_head + size;
  return in.good() &&
         checksum == crc32c(out.body, crc32c(segment_.substr(at, spool_record_head - 4)));
}

bool spool_scanner::next(spool_record& out) noexcept {
  std::size_t at = at_;
  while (at < segment_.size() && !read_at(at, out)) {
    if (at == at_)
      ++damaged_;
    at = segment_.find(record_magic, at + 1);
  }
  if (at >= segment_.size())
    return false;
  expected_ = out.index + 1;
  at_ = out.end;
  return true;
}

} // namespace lepton::connectors
