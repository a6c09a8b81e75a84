#pragma once

#include "core/raw_batch.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// Lines of one file, as views into blocks that batches share.
class line_batch final : public core::raw_batch {
public:
  explicit line_batch(std::shared_ptr<const char[]> block) : block_{std::move(block)} {}

  void add(std::string_view line, std::int64_t offset) {
    records_.push_back({line, {}, offset, -1});
    ++record_count;
    byte_count += static_cast<std::int64_t>(line.size());
  }
  std::span<const core::raw_record> records() const override { return records_; }

private:
  std::shared_ptr<const char[]> block_;
  std::vector<core::raw_record> records_;
};

} // namespace lepton::connectors
