#pragma once

#include "core/batch.hpp"

#include <cstdint>

namespace lepton::bench {

/// Columns of a payment: tx_id string, card_id int64, amount float64, ts timestamp_ms,
/// f float32[28], score float64. From a fixed seed.
core::batch_ptr card_rows(std::int64_t rows);

} // namespace lepton::bench
