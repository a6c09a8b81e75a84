#include "tests/crypto/envelope/stream_for_tests.hpp"

#include <functional>

namespace lepton::tests {

namespace {

std::size_t overhead(seal_suite suite) {
  stream one{suite};
  return sealed(*one.sealer(), "").size();
}

/// A payload whose envelope has 512 bytes, or as few as the suite's header allows.
std::string payload_for(seal_suite suite) {
  const auto more = overhead(suite);
  return fixed_bytes("payload", more < 512 ? 512 - more : 64);
}

} // namespace

TEST(tampering, with_any_single_bit_is_refused) {
  for (const auto suite : all_suites) {
    stream one{suite};
    const auto plain = payload_for(suite);
    auto envelope = sealed(*one.sealer(), plain);
    ASSERT_GE(envelope.size(), 512u);
    const auto opener = one.opener();
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < envelope.size() * 8; ++bit) {
      envelope[bit / 8] = static_cast<char>(envelope[bit / 8] ^ (1 << bit % 8));
      refused += !opens_as(*opener, envelope, plain);
      envelope[bit / 8] = static_cast<char>(envelope[bit / 8] ^ (1 << bit % 8));
    }
    EXPECT_EQ(refused, envelope.size() * 8);
    EXPECT_TRUE(opens_as(*opener, envelope, plain));
  }
}

TEST(tampering, by_cutting_or_adding_is_refused) {
  for (const auto suite : all_suites) {
    stream one{suite};
    const auto plain = payload_for(suite);
    const auto envelope = sealed(*one.sealer(), plain);
    const auto opener = one.opener();
    for (std::size_t size = 0; size < envelope.size(); ++size)
      EXPECT_FALSE(opens_as(*opener, envelope.substr(0, size), plain)) << size;
    for (std::size_t more = 1; more <= 64; ++more) {
      EXPECT_FALSE(opens_as(*opener, envelope + std::string(more, '\0'), plain)) << more;
      EXPECT_FALSE(opens_as(*opener, std::string(more, 'L') + envelope, plain)) << more;
    }
  }
}

TEST(tampering, with_sizes_in_the_header_is_refused) {
  for (const auto suite : all_suites) {
    stream one{suite};
    const auto plain = payload_for(suite);
    const auto envelope = sealed(*one.sealer(), plain);
    const auto opener = one.opener();
    for (std::uint32_t size = 0; size < 65536; ++size) {
      auto lie = envelope;
      std::memcpy(lie.data() + 6, &size, 2);
      std::string out;
      const bool opened = opener->open(lie, here, {}, out).ok();
      ASSERT_EQ(opened, lie == envelope) << size;
    }
    for (const std::uint32_t size : {0u, 1u, 511u, 0x00ffffffu, 0x01000000u, 0x7fffffffu, ~0u}) {
      auto lie = envelope;
      std::memcpy(lie.data() + 92, &size, 4);
      EXPECT_FALSE(opens_as(*opener, lie, plain)) << size;
      lie[5] = static_cast<char>(lie[5] | 2); // and compressed
      EXPECT_FALSE(opens_as(*opener, lie, plain)) << size;
    }
  }
}

TEST(tampering, by_moving_to_another_context_is_refused) {
  for (const auto suite : all_suites) {
    const stream one{suite};
    const std::string plain = "the payload of payment 17";
    const auto sealer = one.sealer();
    const auto envelope = sealed(*sealer, plain);
    EXPECT_TRUE(opens_as(*one.opener(), envelope, plain));

    const core::seal_context moved[] = {{"payments2", "card-1", 3},
                                        {"payments", "card-2", 3},
                                        {"payments", "", 3},
                                        {"paymentsc", "ard-1", 3},
                                        {"payments", "card-1", 4}};
    for (const auto& context : moved)
      EXPECT_FALSE(opens_as(*one.opener(), envelope, plain, context));
    // The reader that does not know better takes the partition that it reads.
    const core::seal_context unbound{"payments", "card-1", -1};
    EXPECT_TRUE(opens_as(*one.opener(), envelope, plain, unbound, {3, 0}));
    EXPECT_FALSE(opens_as(*one.opener(), envelope, plain, unbound, {4, 0}));

    const std::function<void(core::open_options&)> others[] = {
        [](auto& options) { options.tenant = "evil"; },
        [](auto& options) { options.pipeline = "other"; },
        [](auto& options) { options.schema = "payment.4"; },
        [](auto& options) { std::swap(options.schema, options.pipeline); }};
    for (const auto& change : others) {
      stream reader = one;
      change(reader.opens);
      EXPECT_FALSE(opens_as(*reader.opener(), envelope, plain));
    }
  }
}

TEST(tampering, by_mixing_two_envelopes_is_refused) {
  for (const auto suite : all_suites) {
    const stream one{suite};
    const std::string plain = "the payload of payment 17";
    const auto sealer = one.sealer();
    const auto first = sealed(*sealer, plain);
    const auto second = sealed(*sealer, plain);
    const auto elsewhere = sealed(*one.sealer(), plain);
    std::uint16_t head = 0;
    std::memcpy(&head, first.data() + 6, 2);
    const auto opener = one.opener();
    for (const auto& other : {second, elsewhere}) {
      EXPECT_FALSE(opens_as(*opener, first.substr(0, head) + other.substr(head), plain));
      EXPECT_FALSE(opens_as(*opener, other.substr(0, head) + first.substr(head), plain));
    }
    for (const int step : {-1, 1}) {
      auto moved = second;
      moved[80] = static_cast<char>(moved[80] + step);
      EXPECT_FALSE(opens_as(*opener, moved, plain));
    }
    for (const char suite_byte : {0, 1, 2, 3, 4})
      if (suite_byte != first[4]) {
        auto changed = first;
        changed[4] = suite_byte;
        EXPECT_FALSE(opens_as(*opener, changed, plain));
      }
    for (const char flag : {1, 2, 4, 8, 16, 32, 64}) {
      auto changed = first;
      changed[5] = static_cast<char>(changed[5] ^ flag);
      EXPECT_FALSE(opens_as(*opener, changed, plain));
    }
    EXPECT_TRUE(opens_as(*opener, first, plain));
    EXPECT_TRUE(opens_as(*opener, second, plain));
  }
}

TEST(tampering, with_a_batch_s_count_is_refused) {
  const stream one;
  auto envelope = sealed(*one.sealer(), std::string(64, 'b'), 3);
  const auto opener = one.opener();
  for (const char count : {0, 1, 2, 4}) {
    envelope[88] = count;
    EXPECT_FALSE(opens_as(*opener, envelope, std::string(64, 'b')));
  }
  envelope[88] = 3;
  EXPECT_TRUE(opens_as(*opener, envelope, std::string(64, 'b')));
}

} // namespace lepton::tests
