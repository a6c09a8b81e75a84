#pragma once

#include "core/catalog.hpp"

namespace lepton::connectors {

/// Fields and text of the `kafka` source.
core::component_spec kafka_source_spec();

/// Checks the options against librdkafka; connects to nothing.
std::optional<core::bound_source> bind_kafka_source(const core::config& config,
                                                    const core::bind_context& context);

} // namespace lepton::connectors
