#include "connectors/zeromq/seen_table.hpp"

#include "connectors/file/file_writer.hpp"
#include "connectors/zeromq/byte_cursor.hpp"
#include "connectors/zeromq/crc32c.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace lepton::connectors {

namespace {

constexpr std::string_view magic = "LPSEEN1\n";
constexpr std::size_t entry_head = 8; ///< u32 size, u32 checksum
constexpr std::int64_t smallest_rewrite = 8 << 20;

/// One entry: an origin, its watermark, and rows as differences.
std::string write_entry(const origin_key& key, std::int64_t watermark,
                        const std::vector<record_place>& places) {
  std::string body;
  put_text(body, key.edge);
  put_text(body, key.stream);
  put_text(body, key.topic);
  put_number(body, key.life);
  put_number(body, key.partition);
  put_number(body, key.input);
  put_number(body, watermark);
  put_number(body, static_cast<std::uint32_t>(places.size()));
  std::int64_t before = 0;
  for (const auto& place : places) {
    const auto step = place.offset - before;
    put_varint(body, (static_cast<std::uint64_t>(step) << 1) ^
                         static_cast<std::uint64_t>(step >> 63)); // small also if below 0
    put_varint(body, place.row);
    before = place.offset;
  }
  std::string out;
  put_number(out, static_cast<std::uint32_t>(body.size()));
  put_number(out, crc32c(body));
  return out + body;
}

struct seen_entry {
  origin_key key;
  std::int64_t watermark = 0;
  std::vector<record_place> places;
};

bool read_entry(std::string_view body, seen_entry& out) {
  byte_cursor in{body};
  out.key.edge = in.text();
  out.key.stream = in.text();
  out.key.topic = in.text();
  out.key.life = in.number<std::uint64_t>();
  out.key.partition = in.number<std::int32_t>();
  out.key.input = in.number<std::uint32_t>();
  out.watermark = in.number<std::int64_t>();
  const auto count = in.number<std::uint32_t>();
  if (!in.good() || count > in.rest().size() / 2)
    return false;
  out.places.clear();
  std::uint64_t offset = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto step = in.varint();
    offset += (step >> 1) ^ (~(step & 1) + 1);
    out.places.push_back(
        {static_cast<std::int64_t>(offset), static_cast<std::uint32_t>(in.varint())});
  }
  return in.at_end();
}

} // namespace

core::result<void> seen_table::open(options chosen) {
  options_ = std::move(chosen);
  if (options_.path.empty())
    return {};
  std::error_code ignored; // the open below says what is wrong
  std::filesystem::create_directories(std::filesystem::path{options_.path}.parent_path(), ignored);
  const auto lock = options_.path + ".lock";
  lock_ = file_descriptor{::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock_)
    return file_error("open", lock, errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return core::error{core::errc::unavailable,
                       fmt::format("{} is used by another process", options_.path)};
  LEPTON_TRY(read_file());
  return rewrite();
}

core::result<void> seen_table::read_file() {
  std::ifstream in{options_.path, std::ios::binary};
  if (!in.is_open())
    return {};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  if (bytes.empty())
    return {};
  std::size_t good = 0;
  if (bytes.starts_with(magic))
    replay(bytes, good);
  // A crash cuts the last entry off; anything else that is wrong is damage.
  byte_cursor rest{std::string_view{bytes}.substr(good)};
  const auto size = rest.number<std::uint32_t>();
  rest.number<std::uint32_t>();
  if (good == 0 || (rest.good() && rest.rest().size() >= size))
    return core::error{core::errc::malformed,
                       fmt::format("{} is damaged at byte {}; delete it to go on without what it "
                                   "remembers: repeats are then delivered",
                                   options_.path, good)};
  return {};
}

void seen_table::replay(std::string_view bytes, std::size_t& good) {
  byte_cursor in{bytes.substr(magic.size())};
  good = magic.size();
  seen_entry entry;
  for (;;) {
    const auto size = in.number<std::uint32_t>();
    const auto checksum = in.number<std::uint32_t>();
    const auto body = in.take(size);
    if (!in.good() || crc32c(body) != checksum || !read_entry(body, entry))
      return;
    auto& records = find(entry.key).records;
    records.raise_watermark(entry.watermark);
    for (const auto& place : entry.places)
      records.add(place);
    good += entry_head + size;
  }
}

seen_table::origin& seen_table::find(const origin_key& key) {
  auto found = origins_.find(key);
  if (found == origins_.end()) {
    if (origins_.size() >= options_.max_origins)
      forget_quietest();
    found = origins_.emplace(key, origin{seen_records{options_.window}, next_lane_++, 0}).first;
  }
  found->second.used = ++uses_;
  return found->second;
}

void seen_table::forget_quietest() {
  origins_.erase(
      std::min_element(origins_.begin(), origins_.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
}

std::uint64_t seen_table::handed_out(const origin_key& key, std::vector<record_place> places) {
  unsettled_.emplace(next_number_, unsettled{key, std::move(places)});
  return next_number_++;
}

core::result<void> seen_table::settled(std::uint64_t number) {
  const auto found = unsettled_.find(number);
  if (found == unsettled_.end())
    return {};
  const auto done = std::move(found->second);
  unsettled_.erase(found);
  if (!file_ || done.places.empty())
    return {};
  return append(write_entry(done.key, 0, done.places));
}

core::result<void> seen_table::append(std::string_view entry) {
  std::string_view left = entry;
  while (!left.empty()) {
    const auto written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return file_error("write", options_.path, errno);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ += static_cast<std::int64_t>(entry.size());
  dirty_ = true;
  return {};
}

core::result<void> seen_table::sync() {
  if (size_ > std::max(smallest_rewrite, rewritten_size_ * 4))
    return rewrite();
  if (dirty_ && ::fdatasync(file_.get()) != 0)
    return file_error("write out", options_.path, errno);
  dirty_ = false;
  return {};
}

core::result<void> seen_table::rewrite() {
  const auto fresh = options_.path + ".new";
  file_ = file_descriptor{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)};
  if (!file_)
    return file_error("make", fresh, errno);
  size_ = 0;
  LEPTON_TRY(append(magic));
  std::set<std::pair<origin_key, record_place>> open;
  for (const auto& [number, each] : unsettled_)
    for (const auto& place : each.places)
      open.emplace(each.key, place);
  for (const auto& [key, origin] : origins_) {
    std::vector<record_place> places;
    places.reserve(origin.records.size());
    origin.records.for_each([&, &key = key](const record_place& place) {
      if (open.empty() || !open.contains({key, place}))
        places.push_back(place);
    });
    LEPTON_TRY(append(write_entry(key, origin.records.watermark(), places)));
  }
  if (::fdatasync(file_.get()) != 0)
    return file_error("write out", fresh, errno);
  if (std::rename(fresh.c_str(), options_.path.c_str()) != 0)
    return file_error("rename to " + options_.path, fresh, errno);
  LEPTON_TRY(sync_folder(options_.path));
  rewritten_size_ = size_;
  dirty_ = false;
  return {};
}

} // namespace lepton::connectors
