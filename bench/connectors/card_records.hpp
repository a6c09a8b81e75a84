#pragma once

#include "core/raw_batch.hpp"
#include "core/schema_spec.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::bench {

/// Payment records of about 376 bytes like those that the comparison with other engines uses:
/// 28 features with 4 decimals, and fields that the job does not read. From a fixed seed.
std::vector<std::string> card_records(std::int64_t count);

/// The fields that the fraud job reads.
std::vector<core::schema_entry> card_schema();

/// Records in memory as a connector would hand them over.
class record_batch final : public core::raw_batch {
public:
  explicit record_batch(const std::vector<std::string>& texts);
  std::span<const core::raw_record> records() const override { return records_; }

private:
  std::vector<core::raw_record> records_;
};

/// `texts` in batches of `size`.
std::vector<core::ref_ptr<record_batch>> batches_of(const std::vector<std::string>& texts,
                                                    std::size_t size);

} // namespace lepton::bench
