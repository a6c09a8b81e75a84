#pragma once

#include "core/raw_batch.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// Records of plain ZeroMQ messages, copied into one block. Cut out on the first call of `records`,
/// by a worker.
class plain_batch final : public core::raw_batch {
public:
  explicit plain_batch(std::int64_t first) : first_{first} {}

  void add(std::string_view key, std::string_view payload) {
    bytes_ += key;
    bytes_ += payload;
    sizes_.push_back(
        {static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(payload.size())});
    ++record_count;
    byte_count += static_cast<std::int64_t>(key.size() + payload.size());
  }
  std::span<const core::raw_record> records() const override {
    if (records_.empty())
      cut();
    return records_;
  }

private:
  struct sizes {
    std::uint32_t key;
    std::uint32_t payload;
  };

  void cut() const {
    records_.reserve(sizes_.size());
    std::string_view left{bytes_};
    for (const auto& size : sizes_) {
      const auto key = left.substr(0, size.key);
      const auto payload = left.substr(size.key, size.payload);
      records_.push_back({payload, key, first_ + static_cast<std::int64_t>(records_.size()), -1});
      left.remove_prefix(std::size_t{size.key} + size.payload);
    }
  }

  std::int64_t first_; ///< offset of the first record
  std::string bytes_;
  std::vector<sizes> sizes_;
  mutable std::vector<core::raw_record> records_;
};

} // namespace lepton::connectors
