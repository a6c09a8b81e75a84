// Envelopes beside the raw cipher of libsodium, on the same sizes and as much associated data.
#include "crypto/envelope/envelope.hpp"
#include "crypto/primitives/aead.hpp"

#include <benchmark/benchmark.h>

#include <string>

#include <sodium.h>

namespace {

using namespace lepton;
using core::seal_suite;

/// One key, always the primary.
class one_key final : public crypto::key_source {
public:
  one_key() {
    auto made = std::make_shared<crypto::key_version>();
    made->name = "k";
    made->bytes = crypto::secret{crypto::key_size};
    key_ = made;
  }
  std::uint64_t generation() const noexcept override { return generation_.load(); }
  crypto::key_version_ptr primary(std::string_view, std::string_view) const override {
    return key_;
  }
  crypto::key_version_ptr find(std::string_view, std::string_view,
                               const crypto::key_id&) const override {
    return key_;
  }
  crypto::key_version_ptr hash_key(std::string_view, std::string_view) const override {
    return key_;
  }
  crypto::identity_ptr own_identity() const override { return nullptr; }
  void missing(const crypto::key_id&) override {}

private:
  crypto::key_version_ptr key_;
  std::atomic<std::uint64_t> generation_{1};
};

const core::seal_context context{"payments", "card-4000123", -1};

core::seal_options seal_options(seal_suite suite) {
  core::seal_options out;
  out.key = "k";
  out.tenant = "acme";
  out.pipeline = "fraud";
  out.schema = "payment.3";
  out.suite = suite;
  return out;
}

core::open_options open_options() {
  core::open_options out;
  out.key = "k";
  out.tenant = "acme";
  out.pipeline = "fraud";
  out.schema = "payment.3";
  return out;
}

void count(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

template <seal_suite Suite>
void seal(benchmark::State& state) {
  const std::string plain(static_cast<std::size_t>(state.range(0)), 'x');
  const auto sealer =
      *crypto::make_envelope_sealer(std::make_shared<one_key>(), seal_options(Suite));
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(sealer->seal(plain, context, 0, out));
  }
  count(state);
}

/// With a replay guard, reading one envelope again and again.
template <seal_suite Suite>
void open(benchmark::State& state) {
  const std::string plain(static_cast<std::size_t>(state.range(0)), 'x');
  const auto keys = std::make_shared<one_key>();
  const auto opener =
      *crypto::make_envelope_opener(keys, open_options(), std::make_shared<crypto::replay_guard>());
  std::string envelope;
  if (!(*crypto::make_envelope_sealer(keys, seal_options(Suite)))
           ->seal(plain, context, 0, envelope))
    state.SkipWithError("not sealed");
  std::string out;
  for (auto _ : state) {
    out.clear();
    if (!opener->open(envelope, context, {0, 1}, out))
      state.SkipWithError("not opened");
  }
  count(state);
}

// Header and context as above, so that the cipher has the same work.
const std::string associated(96 + 3 * 4 + 4 + 5 + 9 + 8 + 8 + 12, 'a');
const std::uint8_t* of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

template <auto Encrypt>
void raw_seal(benchmark::State& state) {
  const std::string plain(static_cast<std::size_t>(state.range(0)), 'x');
  std::string out(plain.size() + 32, '\0');
  const std::string key(32, 'k');
  std::string nonce(32, 'n');
  for (auto _ : state) {
    ++nonce[0];
    Encrypt(reinterpret_cast<std::uint8_t*>(out.data()), nullptr, of(plain), plain.size(),
            of(associated), associated.size(), nullptr, of(nonce), of(key));
    benchmark::ClobberMemory();
  }
  count(state);
}

template <auto Encrypt, auto Decrypt>
void raw_open(benchmark::State& state) {
  std::string plain(static_cast<std::size_t>(state.range(0)), 'x');
  std::string sealed(plain.size() + 32, '\0');
  const std::string key(32, 'k');
  const std::string nonce(32, 'n');
  unsigned long long size = 0;
  Encrypt(reinterpret_cast<std::uint8_t*>(sealed.data()), &size, of(plain), plain.size(),
          of(associated), associated.size(), nullptr, of(nonce), of(key));
  for (auto _ : state) {
    if (Decrypt(reinterpret_cast<std::uint8_t*>(plain.data()), nullptr, nullptr, of(sealed), size,
                of(associated), associated.size(), of(nonce), of(key)) != 0)
      state.SkipWithError("not opened");
    benchmark::ClobberMemory();
  }
  count(state);
}

constexpr auto aegis_seal = crypto_aead_aegis256_encrypt;
constexpr auto aegis_open = crypto_aead_aegis256_decrypt;
constexpr auto xchacha_seal = crypto_aead_xchacha20poly1305_ietf_encrypt;
constexpr auto xchacha_open = crypto_aead_xchacha20poly1305_ietf_decrypt;

void sizes(benchmark::internal::Benchmark* each) {
  for (const int size : {64, 256, 1024, 4096, 65536, 1 << 20})
    each->Arg(size);
}

BENCHMARK(seal<seal_suite::aegis_256>)->Name("seal/aegis_256/lepton")->Apply(sizes);
BENCHMARK(raw_seal<aegis_seal>)->Name("seal/aegis_256/raw")->Apply(sizes);
BENCHMARK(open<seal_suite::aegis_256>)->Name("open/aegis_256/lepton")->Apply(sizes);
BENCHMARK((raw_open<aegis_seal, aegis_open>))->Name("open/aegis_256/raw")->Apply(sizes);
BENCHMARK(seal<seal_suite::xchacha20_poly1305>)->Name("seal/xchacha20/lepton")->Apply(sizes);
BENCHMARK(raw_seal<xchacha_seal>)->Name("seal/xchacha20/raw")->Apply(sizes);
BENCHMARK(open<seal_suite::xchacha20_poly1305>)->Name("open/xchacha20/lepton")->Apply(sizes);
BENCHMARK((raw_open<xchacha_seal, xchacha_open>))->Name("open/xchacha20/raw")->Apply(sizes);

} // namespace
