#include "crypto/envelope/segment_cache.hpp"

#include <algorithm>
#include <cstring>

namespace lepton::crypto {

std::size_t segment_cache::name_hash::operator()(const name& segment) const noexcept {
  std::size_t out; // salts are random
  std::memcpy(&out, segment.data() + 1 + sizeof(key_id), sizeof out);
  return out;
}

segment_cache::name segment_cache::name_of(std::string_view header) noexcept {
  name out;
  out[0] = header[header_at::suite];
  std::memcpy(out.data() + 1, header.data() + header_at::segment, name_size - 1);
  return out;
}

const segment_keys* segment_cache::find(std::string_view header) {
  if (last_ && header[header_at::suite] == last_name_[0] &&
      std::memcmp(header.data() + header_at::segment, last_name_.data() + 1, name_size - 1) == 0)
    return &last_->keys;
  const auto found = entries_.find(name_of(header));
  if (found == entries_.end())
    return nullptr;
  last_name_ = found->first;
  last_ = &found->second;
  last_->used = ++clock_;
  return &last_->keys;
}

const segment_keys* segment_cache::add(std::string_view header, segment_keys keys) {
  if (entries_.size() >= most)
    entries_.erase(
        std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
          return a.second.used < b.second.used;
        }));
  last_name_ = name_of(header);
  last_ = &entries_.insert_or_assign(last_name_, entry{std::move(keys), ++clock_}).first->second;
  return &last_->keys;
}

void segment_cache::clear() {
  entries_.clear();
  last_ = nullptr;
}

} // namespace lepton::crypto
