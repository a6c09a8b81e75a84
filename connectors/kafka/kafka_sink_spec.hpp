#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Fields and text of the `kafka` sink.
core::component_spec kafka_sink_spec();

/// Checks the options against librdkafka; connects to nothing.
std::optional<core::bound_sink> bind_kafka_sink(const core::config& config,
                                                const core::schema_ptr& input,
                                                const core::bind_context& context);

} // namespace lepton::connectors
