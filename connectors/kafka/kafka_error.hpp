#pragma once

#include "connectors/kafka/rdkafka.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lepton::connectors {

/// What kind of failure a code of librdkafka or of the broker is.
core::errc kind_of(rd_kafka_resp_err_t code) noexcept;

/// A failure for the user: `what` failed, librdkafka's text for it and, where we know one, what to
/// do.
core::error to_error(rd_kafka_resp_err_t code, std::string_view what);

/// What to do about a failure, as the end of a sentence; empty if we know nothing.
std::string_view advice_for(rd_kafka_resp_err_t code) noexcept;

/// True for errors of a consumer that it cannot get over by itself: waiting would read nothing for
/// ever. All others are tried again by librdkafka.
bool ends_consumer(rd_kafka_resp_err_t code) noexcept;

} // namespace lepton::connectors
