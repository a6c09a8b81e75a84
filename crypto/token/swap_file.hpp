#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace lepton::crypto {

/// Puts `bytes` in the place of `path`, or makes it with mode 0600, in one step that survives a
/// power failure. Who reads the old file meanwhile reads it to its end; so not for secrets, which
/// would stay on the disk (replace_file). Call with a lock held.
core::result<void> swap_file(const std::string& path, std::string_view bytes);

} // namespace lepton::crypto
