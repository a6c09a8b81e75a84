// What it costs to decide on the bearer of a token.
#include "crypto/token/access_token.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace lepton;

void token_verify(benchmark::State& state) {
  const auto key = crypto::signing_key::generate();
  const auto now = crypto::utc_now();
  const crypto::token_verifier verifier{{key.public_half}, "c1", nullptr};
  const auto token = crypto::issue_token(key, {"alice", {"viewer"}, "acme"}, {"c1", {}},
                                         std::chrono::minutes{15}, now);
  for (auto _ : state)
    benchmark::DoNotOptimize(verifier.verify(token->text, now));
}
BENCHMARK(token_verify)->Unit(benchmark::kMicrosecond);

} // namespace
