#include "connectors/formats/find_column.hpp"

#include <fmt/format.h>

namespace lepton::connectors {

std::optional<std::size_t> find_column(const std::string& name, core::source_span span,
                                       const core::schema& input,
                                       const core::bind_context& context) {
  const auto at = input.index_of(name);
  if (at)
    return at;
  const auto near = core::nearest(name, input.names());
  context.findings->error(
      span, fmt::format("there is no column '{}'", name),
      near.empty() ? fmt::format("the columns of the input are {}", fmt::join(input.names(), ", "))
                   : fmt::format("did you mean '{}'?", near));
  return std::nullopt;
}

} // namespace lepton::connectors
