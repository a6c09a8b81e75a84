#pragma once

#include "connectors/kafka/kafka_client_handle.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace lepton::connectors {

/// Waits until the cluster answers and has every topic of `topics`; entries that begin with ^ are
/// patterns and may match nothing yet. A topic that the cluster does not have, or does not show to
/// this user, is an error that names it and says what to do. Waits at most `limit`, plus a little
/// for a topic that the broker makes because it is asked for.
core::result<void> check_topics(kafka_client_handle& client, const std::vector<std::string>& topics,
                                std::chrono::milliseconds limit);

} // namespace lepton::connectors
