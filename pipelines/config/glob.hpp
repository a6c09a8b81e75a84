#pragma once

#include <string_view>

namespace lepton::pipelines {

/// True if `text` has a `*`.
bool is_glob(std::string_view text) noexcept;

/// True if `*`s in `pattern` can each stand for any characters so that it reads `text`.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

} // namespace lepton::pipelines
