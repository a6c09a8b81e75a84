#include "connectors/kafka/offset_tracker.hpp"

#include "core/assert.hpp"

namespace lepton::connectors {

offset_tracker::ticket offset_tracker::hand_out(std::int64_t first, std::int64_t last,
                                                std::int64_t records, std::int64_t bytes) {
  LEPTON_ASSERT(first >= 0 && last >= first);
  ranges_.push_back({last + 1, records, bytes, false});
  window_records_ += records;
  window_bytes_ += bytes;
  position_ = last + 1;
  return front_ + ranges_.size() - 1;
}

void offset_tracker::skip_to(std::int64_t next) {
  if (position_ && next <= *position_)
    return;
  position_ = next;
  ranges_.push_back({next, 0, 0, true});
  advance();
}

void offset_tracker::settle(ticket range) {
  if (range < front_)
    return;
  LEPTON_ASSERT(range - front_ < ranges_.size());
  ranges_[range - front_].settled = true;
  advance();
}

void offset_tracker::advance() {
  while (!ranges_.empty() && ranges_.front().settled) {
    const auto& done = ranges_.front();
    prefix_ = done.next;
    window_records_ -= done.records;
    window_bytes_ -= done.bytes;
    ranges_.pop_front();
    ++front_;
  }
}

} // namespace lepton::connectors
