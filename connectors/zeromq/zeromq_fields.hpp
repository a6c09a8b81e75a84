#pragma once

#include "connectors/zeromq/zmq_gate.hpp"
#include "core/catalog.hpp"

#include <initializer_list>
#include <vector>

namespace lepton::connectors {

/// Fields that the source and the sink have in common: pattern, endpoints, security.
std::vector<core::field_spec> zeromq_common_fields();

/// Reads them. Reports what they cannot be together: no endpoint, an endpoint that others reach
/// without CURVE, missing keys.
zmq_settings read_zeromq_fields(const core::config& config, const core::bind_context& context);

/// Reports each of `fields` that the user gave although this pattern does not use it.
void refuse_fields(const core::config& config, const core::bind_context& context,
                   std::initializer_list<const char*> fields);

} // namespace lepton::connectors
