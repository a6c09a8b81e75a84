#pragma once

#include "connectors/zeromq/zmq_socket.hpp"
#include "core/raw_batch.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lepton::connectors {

/// Records of one link message, or a part of them, as views into its frame.
class link_raw_batch final : public core::raw_batch {
public:
  link_raw_batch(std::shared_ptr<const zmq_frame> frame, std::vector<core::raw_record> records,
                 std::uint64_t message)
      : message{message}, frame_{std::move(frame)}, records_{std::move(records)} {
    record_count = static_cast<std::int64_t>(records_.size());
    for (const auto& record : records_)
      byte_count += static_cast<std::int64_t>(record.payload.size() + record.key.size());
  }
  std::span<const core::raw_record> records() const override { return records_; }

  const std::uint64_t message; ///< number of the message at its receiver

private:
  std::shared_ptr<const zmq_frame> frame_;
  std::vector<core::raw_record> records_;
};

} // namespace lepton::connectors
