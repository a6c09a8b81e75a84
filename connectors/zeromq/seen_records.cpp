#include "connectors/zeromq/seen_records.hpp"

#include <algorithm>

namespace lepton::connectors {

seen_records::answer seen_records::add(const record_place& place) {
  if (place.offset < watermark_)
    return answer::too_old;
  auto& places = blocks_[place.offset >> block_bits];
  const auto offset = static_cast<std::uint32_t>(place.offset & ((1 << block_bits) - 1));
  const auto packed = (offset << row_bits) | (place.row & row_mask);
  if (places.empty() || places.back() < packed) { // nearly always: records come in order
    places.push_back(packed);
  } else {
    const auto at = std::lower_bound(places.begin(), places.end(), packed);
    if (*at == packed)
      return answer::seen;
    places.insert(at, packed);
  }
  ++size_;
  while (blocks_.size() > 1 && size_ + blocks_.size() * block_cost > window_)
    forget_lowest();
  return answer::added;
}

void seen_records::forget_lowest() {
  size_ -= blocks_.begin()->second.size();
  blocks_.erase(blocks_.begin());
  watermark_ = blocks_.begin()->first << block_bits;
}

void seen_records::raise_watermark(std::int64_t to) {
  if (to <= watermark_)
    return;
  watermark_ = to;
  while (!blocks_.empty() && ((blocks_.begin()->first + 1) << block_bits) <= to) {
    size_ -= blocks_.begin()->second.size();
    blocks_.erase(blocks_.begin());
  }
}

} // namespace lepton::connectors
