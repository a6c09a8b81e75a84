#pragma once

#include "tests/support/process.hpp"

namespace lepton::tests {

/// Starts a child whose streams are appended to the two files (which may be the same) and returns
/// its pid; the caller must wait for it. The child dies with this process, not with the calling
/// thread. Throws std::system_error if the program cannot be started.
pid_t spawn(const process_options& options, const std::filesystem::path& output,
            const std::filesystem::path& error);

} // namespace lepton::tests
