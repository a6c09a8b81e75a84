#pragma once

#include "core/codec.hpp"

namespace lepton::connectors {

/// For decoders: makes an error of each record of a batch that its connector could not read whole
/// (`raw_batch::fault`). `out.errors` are set; the columns stay the caller's to make, without rows.
inline void refuse_unreadable(const core::raw_batch& in, core::decoded& out) {
  for (std::int64_t i = 0; i < in.record_count; ++i)
    out.errors.push_back({static_cast<std::int32_t>(i), in.fault});
}

} // namespace lepton::connectors
