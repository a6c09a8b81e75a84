#pragma once

#include "tests/crypto/envelope/keys_for_tests.hpp"

#include <gtest/gtest.h>

namespace lepton::tests {

using core::seal_suite;

constexpr seal_suite all_suites[] = {seal_suite::xchacha20_poly1305, seal_suite::recipients,
                                     seal_suite::aegis_256};

/// How many envelopes opened, and why others did not.
struct open_counters {
  std::uint64_t opened = 0;
  std::uint64_t too_large = 0;
  std::uint64_t unknown_key = 0;
  std::uint64_t commitment = 0;
  std::uint64_t authentication = 0;
  std::uint64_t others = 0;

  std::uint64_t& of(core::refusal cause) {
    switch (cause) {
      case core::refusal::none: return opened;
      case core::refusal::too_large: return too_large;
      case core::refusal::unknown_key: return unknown_key;
      case core::refusal::wrong_key: return commitment;
      case core::refusal::authentication: return authentication;
      case core::refusal::no_envelope:
      case core::refusal::replayed: break;
    }
    return others;
  }
};

/// Counts what another opener says of each envelope.
class counting_opener final : public core::opener {
public:
  counting_opener(std::unique_ptr<core::opener> inner, std::shared_ptr<open_counters> counters)
      : inner_{std::move(inner)}, counters_{std::move(counters)} {}

  core::result<core::opened_payload> open(std::string_view envelope,
                                          const core::seal_context& context,
                                          const core::read_position& at,
                                          std::string& out) override {
    auto opened = inner_->open(envelope, context, at, out);
    ++counters_->of(inner_->last_refusal());
    return opened;
  }
  core::refusal last_refusal() const noexcept override { return inner_->last_refusal(); }

private:
  std::unique_ptr<core::opener> inner_;
  std::shared_ptr<open_counters> counters_;
};

/// A sealer and what opens its envelopes, for one suite.
struct stream {
  explicit stream(seal_suite wanted = seal_suite::aegis_256) : suite{wanted} {
    keys->add("k", fixed_key("k 1"));
    keys->own = fixed_identity("both");
    if (suite == seal_suite::recipients) {
      seals.recipients = {text_of(*fixed_identity("someone")), text_of(*keys->own)};
      opens.senders = {text_of(*keys->own)};
    }
    seals.key = opens.key = "k";
    seals.tenant = opens.tenant = "acme";
    seals.pipeline = opens.pipeline = "fraud";
    seals.schema = opens.schema = "payment.3";
    seals.suite = suite;
  }

  std::unique_ptr<core::sealer> sealer(crypto::sealer_surroundings with = {}) const {
    auto made = crypto::make_envelope_sealer(keys, seals, std::move(with));
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }
  std::unique_ptr<core::opener> opener() const {
    auto made = crypto::make_envelope_opener(keys, opens, guard);
    EXPECT_TRUE(made.ok());
    return std::make_unique<counting_opener>(*std::move(made), counters);
  }

  seal_suite suite;
  std::shared_ptr<listed_keys> keys = std::make_shared<listed_keys>();
  std::shared_ptr<crypto::replay_guard> guard;
  std::shared_ptr<open_counters> counters = std::make_shared<open_counters>();
  core::seal_options seals;
  core::open_options opens;
};

const core::seal_context here{"payments", "card-1", 3};

inline std::string sealed(core::sealer& with, std::string_view plain, std::uint32_t records = 0,
                          const core::seal_context& context = here) {
  std::string out;
  EXPECT_TRUE(with.seal(plain, context, records, out).ok());
  return out;
}

/// Whether `envelope` opens as `plain`; else checks that nothing was released.
inline bool opens_as(core::opener& with, std::string_view envelope, std::string_view plain,
                     const core::seal_context& context = here,
                     const core::read_position& at = {3, 0}) {
  std::string out = "before";
  out.append(plain.size() + 64, '#').resize(6); // so that what lies behind it is known
  const auto opened = with.open(envelope, context, at, out);
  if (!opened) {
    EXPECT_EQ(out, "before");
    EXPECT_EQ(opened.error().code(), core::errc::malformed);
    EXPECT_EQ(opened.error().message(), "the payload does not open: its key is not here, it was "
                                        "changed, or it belongs elsewhere");
    // Where the plaintext would have been there is nothing of it.
    if (plain.size() >= 16) {
      const std::string_view behind{out.data() + 6, std::min(plain.size(), out.capacity() - 6)};
      EXPECT_EQ(behind.find(plain.substr(plain.size() / 2, 8)), std::string_view::npos);
    }
    return false;
  }
  return out == "before" + std::string{plain} && opened->size == plain.size();
}

} // namespace lepton::tests
