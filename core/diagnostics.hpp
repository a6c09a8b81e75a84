#pragma once

#include "core/source_span.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::core {

enum class severity { error, warning };

/// One finding in the user's file: what is wrong, where, and what to write instead.
struct diagnostic {
  severity level = severity::error;
  source_span span;
  std::string message; ///< what is wrong, without the place
  std::string hint;    ///< what to write instead; may be empty
};

/// Collects every finding of one check. Does not stop at the first one and does not print.
class diagnostics {
public:
  void error(source_span span, std::string message, std::string hint = {});
  void warning(source_span span, std::string message, std::string hint = {});

  bool has_errors() const noexcept { return errors_ != 0; }
  std::size_t error_count() const noexcept { return errors_; }
  const std::vector<diagnostic>& all() const noexcept { return all_; }

  /// Orders the findings by line, then column; equal places keep their order. Drops exact repeats.
  void sort();

private:
  std::vector<diagnostic> all_;
  std::size_t errors_ = 0;
};

/// The finding as text: "file:line:column: error: message", the source line with a caret under
/// the span (when `text`, the whole file, has that line), and "  help: hint". Ends with a newline.
std::string render(const diagnostic& finding, std::string_view file, std::string_view text);

/// `render` for each finding, in order.
std::string render(const diagnostics& findings, std::string_view file, std::string_view text);

/// The candidate nearest to `word` by edit distance if it is near enough to be a typing error
/// (at most a third of the letters differ), else empty. For "did you mean" hints.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

} // namespace lepton::core
