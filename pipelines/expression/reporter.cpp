#include "pipelines/expression/reporter.hpp"

#include <algorithm>

namespace lepton::pipelines::expr {

core::source_span reporter::span(text_range where) const {
  if (!at_.known() || text_.find('\n') != std::string_view::npos)
    return at_;
  const auto length = std::max<std::uint32_t>(1, where.end - where.begin);
  return {at_.line, at_.column + where.begin, length};
}

} // namespace lepton::pipelines::expr
