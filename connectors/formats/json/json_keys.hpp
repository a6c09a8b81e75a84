#pragma once

#include "connectors/formats/json/json_blocks.hpp"
#include "connectors/formats/json/json_layout.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lepton::connectors {

/// Remembers the keys of one object of the schema as they stood in earlier records, from the quote
/// to the colon, and which key followed which. Producers write their keys in one order, so that a
/// key is nearly always found by comparing it with one guess. Knows only keys that were read and
/// found valid before; takes up no more than `capacity` of them.
class json_keys {
public:
  static constexpr std::size_t capacity = 256;
  static constexpr std::size_t longest = 64; ///< of a remembered key; within the padding

  struct entry {
    alignas(16) char head[32]; ///< the first bytes, padded with zeros
    std::uint32_t masks[2];    ///< which of them count
    std::uint32_t length;
    std::int32_t next; ///< the key that followed last time
    json_target target;
    std::string text;
  };

  json_keys();

  /// Where a record begins.
  static constexpr std::int32_t start = 0;

  /// The key that probably follows `previous`.
  std::int32_t guess(std::int32_t previous) const noexcept { return at(previous).next; }
  const entry& at(std::int32_t i) const noexcept { return entries_[static_cast<std::size_t>(i)]; }

  /// Does the key `i` stand at p, with its colon?
  bool matches(std::int32_t i, const char* p) const noexcept {
    namespace blocks = json_blocks::best;
    const auto& e = at(i);
    if ((blocks::equal(p, e.head) & e.masks[0]) != e.masks[0])
      return false;
    if (e.length <= 16) [[likely]]
      return true;
    return (blocks::equal(p + 16, e.head + 16) & e.masks[1]) == e.masks[1] &&
           (e.length <= 32 ||
            std::string_view{e.text}.substr(32) == std::string_view{p + 32, e.length - 32});
  }

  /// Finds `text` (from the quote to the colon) among the remembered keys; -1 if it is new.
  std::int32_t find(std::string_view text) const noexcept;
  /// Remembers a key; -1 if it is too long or there are too many.
  std::int32_t learn(std::string_view text, json_target target);
  /// `key` followed `previous`.
  void follow(std::int32_t previous, std::int32_t key) noexcept {
    entries_[static_cast<std::size_t>(previous)].next = key;
  }

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<entry> entries_; ///< [0] stands for the begin and matches nothing
  std::unordered_map<std::string, std::int32_t, text_hash, std::equal_to<>> index_;
};

} // namespace lepton::connectors
