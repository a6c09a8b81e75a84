#include "connectors/zeromq/joined_reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace lepton::connectors {

core::result<bool> joined_reader::hold(spool& from) {
  while (!held_) {
    auto read = from.read();
    if (!read)
      return read.error();
    if (!*read)
      return false;
    auto body = std::make_unique<std::string>(std::move((*read)->body));
    auto batch = read_link_batch(*body);
    if (!batch) {
      spdlog::error("the spool has a batch that this version does not understand; it is left out");
      continue;
    }
    std::int64_t bytes = 0;
    for (const auto& record : batch->records)
      bytes += static_cast<std::int64_t>(record.key.size() + record.payload.size());
    held_ = part{(*read)->index, std::move(body), std::move(*batch), bytes};
  }
  return true;
}

bool joined_reader::fits(const message& so_far, const link_origin& origin,
                         std::size_t limit) const {
  const auto records = static_cast<std::size_t>(so_far.records) + held_->batch.records.size();
  return held_->batch.origin == origin && records <= std::min(limit, most_records) &&
         so_far.bytes + held_->bytes <= most_bytes;
}

core::result<std::optional<joined_reader::message>> joined_reader::next(spool& from,
                                                                        std::size_t limit) {
  message out;
  std::vector<part> parts;
  for (;;) {
    const auto more = hold(from);
    if (!more)
      return more.error();
    if (!*more || (!parts.empty() && !fits(out, parts.front().batch.origin, limit)))
      break;
    out.records += static_cast<std::int64_t>(held_->batch.records.size());
    out.bytes += held_->bytes;
    out.last = held_->index;
    parts.push_back(std::move(*held_));
    held_.reset();
  }
  if (parts.empty())
    return std::optional<message>{};
  if (parts.size() == 1) {
    out.frame = frame_link_body(*parts.front().body);
    return std::optional{std::move(out)};
  }
  auto& records = parts.front().batch.records;
  for (std::size_t i = 1; i < parts.size(); ++i)
    records.insert(records.end(), parts[i].batch.records.begin(), parts[i].batch.records.end());
  out.frame = write_link_batch(parts.front().batch.origin, records);
  return std::optional{std::move(out)};
}

} // namespace lepton::connectors
