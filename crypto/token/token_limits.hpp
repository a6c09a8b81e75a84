#pragma once

#include <chrono>

namespace lepton::crypto {

constexpr std::chrono::seconds usual_lifetime = std::chrono::minutes{15};
/// Nobody accepts a token that lives longer, whoever signed it.
constexpr std::chrono::seconds longest_lifetime = std::chrono::hours{24};
/// By how much the clocks of issuer and verifier may differ.
constexpr std::chrono::seconds clock_skew{30};

} // namespace lepton::crypto
