#pragma once

#include "core/diagnostics.hpp"
#include "core/source_span.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::pipelines::expr {

/// Part of an expression's text: bytes [begin, end).
struct text_range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// Turns places in an expression's text into places in the user's file. A text of several lines
/// (a YAML block) is reported as a whole: its lines' indents are not known here.
class reporter {
public:
  reporter(std::string_view text, core::source_span at, core::diagnostics& findings)
      : text_{text}, at_{at}, findings_{findings} {}

  void error(text_range where, std::string message, std::string hint = {}) const {
    findings_.error(span(where), std::move(message), std::move(hint));
  }
  core::source_span span(text_range where) const;
  std::string_view text(text_range where) const {
    return text_.substr(where.begin, where.end - where.begin);
  }
  std::string_view text() const noexcept { return text_; }

private:
  std::string_view text_;
  core::source_span at_;
  core::diagnostics& findings_;
};

} // namespace lepton::pipelines::expr
