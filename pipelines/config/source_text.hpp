#pragma once

#include "core/diagnostics.hpp"
#include "core/source_span.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// The user's file with its lines: turns byte offsets into spans. Columns count code points. Does
/// not own the text and does not know YAML, apart from how quotes end.
class source_text {
public:
  explicit source_text(std::string_view text);

  std::string_view text() const noexcept { return text_; }

  /// `bytes` of text from `offset` on, cut at the end of the line; an offset behind the end of the
  /// text is its end.
  core::source_span span(std::size_t offset, std::size_t bytes = 1) const;

  /// The scalar whose text begins at `offset` and has the value `content`: with its quotes; only
  /// its first line; the indicator alone of a block scalar.
  core::source_span scalar_span(std::size_t offset, std::string_view content) const;

  /// True if the text in quotes that begins at `offset` ends somewhere.
  bool closes_quote(std::size_t offset) const noexcept;

  /// The first character of `offset`'s token; 0 at the end of the text.
  char at(std::size_t offset) const noexcept {
    return offset < text_.size() ? text_[offset] : '\0';
  }

private:
  std::string_view line_rest(std::size_t offset) const noexcept;

  std::string_view text_;
  std::vector<std::size_t> lines_;    ///< offset of the first byte of each line
  std::vector<std::uint32_t> points_; ///< code points before each byte; empty for plain ASCII
};

/// Refuses what no configuration file has: bytes that are not UTF-8, control characters, tabs that
/// indent, brackets nested beyond reason. True if a parser may see the text.
bool check_characters(const source_text& source, core::diagnostics& findings);

} // namespace lepton::pipelines
