#pragma once

#include "core/encoded_batch.hpp"

#include <string>

namespace lepton::connectors {

/// Appends each payload and a line end to `to`, after the batch's preamble if `begins_file`.
inline void join_lines(const core::encoded_batch& batch, bool begins_file, std::string& to) {
  if (begins_file && batch.preamble)
    to.append(*batch.preamble).push_back('\n');
  to.reserve(to.size() + batch.bytes.size() + batch.records.size());
  for (const auto& record : batch.records)
    to.append(batch.payload(record)).push_back('\n');
}

} // namespace lepton::connectors
