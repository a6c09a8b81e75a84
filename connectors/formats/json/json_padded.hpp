#pragma once

#include "connectors/formats/json/json_fault.hpp"

#include <cstring>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// A copy of one document with the padding that the scanners need on both sides. Reused from
/// document to document.
class json_padded {
public:
  /// Returns the begin of the copy, valid until the next call.
  const char* assign(std::string_view text) {
    if (bytes_.size() < 2 * json_padding || bytes_.size() - 2 * json_padding < text.size())
      bytes_.resize(2 * text.size() + 4 * json_padding);
    char* const begin = bytes_.data() + json_padding;
    std::memcpy(begin, text.data(), text.size());
    std::memset(begin + text.size(), 0, json_padding);
    end_ = begin + text.size();
    return begin;
  }

  const char* end() const noexcept { return end_; }

  /// The same fault, named "too early an end" where the scan ran into the padding.
  json_scan located(json_scan scan) const noexcept {
    if (scan.at >= end_ && scan.fault != json_fault::none)
      return {end_, json_fault::unexpected_end};
    return scan;
  }

private:
  std::vector<char> bytes_;
  const char* end_ = nullptr;
};

} // namespace lepton::connectors
