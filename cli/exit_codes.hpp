#pragma once

namespace lepton::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1; ///< the run or a test failed
inline constexpr int exit_usage = 2;  ///< the command line is wrong
inline constexpr int exit_config =
    78; ///< the configuration file is wrong (EX_CONFIG of sysexits.h)

} // namespace lepton::cli
