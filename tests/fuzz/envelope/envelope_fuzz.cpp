// Any bytes as an envelope, and as the kept window of a replay guard. What does not open releases
// nothing; what opens does so again, and is a replay elsewhere.
#include "core/assert.hpp"
#include "tests/crypto/envelope/keys_for_tests.hpp"

namespace {

using namespace lepton;

std::unique_ptr<core::opener> make_opener(bool of_recipients, std::string tenant) {
  static const auto keys = [] {
    auto made = std::make_shared<tests::listed_keys>();
    made->add("k", tests::fixed_key("k 1"));
    made->own = tests::fixed_identity("both");
    return made;
  }();
  core::open_options options;
  options.key = "k";
  options.tenant = std::move(tenant);
  options.pipeline = "fraud";
  options.schema = "payment.3";
  if (of_recipients)
    options.senders = {tests::text_of(*keys->own)};
  options.max_plaintext = 1 << 20;
  return *crypto::make_envelope_opener(keys, options, std::make_shared<crypto::replay_guard>());
}

void try_open(core::opener& opener, std::string_view envelope) {
  for (const auto* record_key : {"", "card-4000"}) {
    const core::seal_context context{"pay\xc3\xa9", record_key, -1};
    std::string out = "before";
    const auto opened = opener.open(envelope, context, {300'000, 1}, out);
    if (!opened) {
      LEPTON_ASSERT(out == "before" && out.capacity() < (2 << 20));
      continue;
    }
    LEPTON_ASSERT(out.size() == 6 + opened->size && opened->size <= 1 << 20);
    std::string again = "before";
    LEPTON_ASSERT(opener.open(envelope, context, {300'000, 1}, again).ok() && again == out);
    LEPTON_ASSERT(!opener.open(envelope, context, {300'000, 2}, again).ok());
    LEPTON_ASSERT(opener.last_refusal() == core::refusal::replayed && again == out);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const bool of_recipients : {false, true})
    for (const auto* tenant : {"", "acme"})
      try_open(*make_opener(of_recipients, tenant), text);
  crypto::replay_guard guard;
  if (guard.restore(text)) {
    crypto::replay_guard same;
    LEPTON_ASSERT(same.restore(guard.serialize()).ok());
    LEPTON_ASSERT(guard.admit({}, 7, {3, 1}) == same.admit({}, 7, {3, 1}));
  }
  return 0;
}
