#include "connectors/formats/json/json_keys.hpp"

#include <algorithm>
#include <cstring>

namespace lepton::connectors {

json_keys::json_keys() {
  entries_.reserve(capacity);
  // More bits than a block has: never equal.
  entries_.push_back({{}, {0xffffffff, 0xffffffff}, 16, start, {}, {}});
}

std::int32_t json_keys::find(std::string_view text) const noexcept {
  const auto found = index_.find(text);
  return found == index_.end() ? -1 : found->second;
}

std::int32_t json_keys::learn(std::string_view text, json_target target) {
  if (text.size() > longest || entries_.size() == capacity)
    return -1;
  const auto bits = [](std::size_t count) { return count >= 16 ? 0xffffu : (1u << count) - 1; };
  entry e{{},
          {bits(text.size()), bits(std::max<std::size_t>(text.size(), 16) - 16)},
          static_cast<std::uint32_t>(text.size()),
          start,
          target,
          std::string{text}};
  std::memcpy(e.head, text.data(), std::min<std::size_t>(text.size(), 32));
  const auto made = static_cast<std::int32_t>(entries_.size());
  entries_.push_back(std::move(e));
  index_.emplace(text, made);
  return made;
}

} // namespace lepton::connectors
