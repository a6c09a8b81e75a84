#include "crypto/envelope/header.hpp"
#include "crypto/envelope/recipients.hpp"
#include "tests/crypto/envelope/stream_for_tests.hpp"

namespace lepton::tests {

namespace {

constexpr auto suite = seal_suite::recipients;

std::shared_ptr<listed_keys> keys_of(std::string_view who) {
  auto made = std::make_shared<listed_keys>();
  made->own = fixed_identity(who);
  return made;
}

} // namespace

TEST(recipients, open_what_was_sealed_for_them_and_others_do_not) {
  for (std::size_t count = 1; count <= crypto::max_recipients; ++count) {
    stream one{suite};
    one.seals.recipients.clear();
    for (std::size_t i = 0; i < count; ++i)
      one.seals.recipients.push_back(text_of(*fixed_identity("r" + std::to_string(i))));
    const auto envelope = sealed(*one.sealer(), "for a few");
    for (std::size_t i = 0; i < crypto::max_recipients; ++i) {
      stream reader = one;
      reader.keys = keys_of("r" + std::to_string(i));
      const auto opener = reader.opener();
      EXPECT_EQ(opens_as(*opener, envelope, "for a few"), i < count);
      EXPECT_EQ(opener->last_refusal(),
                i < count ? core::refusal::none : core::refusal::unknown_key);
    }
  }
}

TEST(recipients, are_one_to_eight) {
  stream one{suite};
  for (const std::size_t count : {0, 9, 100}) {
    one.seals.recipients.assign(count, text_of(*fixed_identity("r")));
    const auto made = crypto::make_envelope_sealer(one.keys, one.seals);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), core::errc::invalid_argument);
  }
  for (const std::size_t count : {0, 9, 255}) {
    std::string part(crypto::recipients_size(count), '\0');
    part[0] = 3;
    part[1] = static_cast<char>(count);
    part[2] = 80;
    EXPECT_FALSE(crypto::read_recipients(part).has_value()) << count;
  }
  std::string part(crypto::recipients_size(2), '\0');
  part[0] = 3, part[1] = 2, part[2] = 80;
  EXPECT_TRUE(crypto::read_recipients(part).has_value());
  for (const char size : {0, 48, 79, 81}) {
    part[2] = size;
    EXPECT_FALSE(crypto::read_recipients(part).has_value());
  }
}

TEST(recipients, need_a_trusted_sender) {
  stream one{suite};
  const auto envelope = sealed(*one.sealer(), "signed");
  stream reader = one;
  reader.opens.senders = {text_of(*fixed_identity("someone"))};
  EXPECT_FALSE(opens_as(*reader.opener(), envelope, "signed"));
  reader.opens.senders = {};
  EXPECT_FALSE(opens_as(*reader.opener(), envelope, "signed"));
  EXPECT_EQ(reader.counters->authentication, 2u);
}

TEST(recipients, that_name_their_senders_take_nothing_else) {
  stream one{seal_suite::aegis_256};
  const auto envelope = sealed(*one.sealer(), "not signed");
  EXPECT_TRUE(opens_as(*one.opener(), envelope, "not signed"));
  one.opens.senders = {text_of(*one.keys->own)};
  EXPECT_FALSE(opens_as(*one.opener(), envelope, "not signed"));
}

TEST(recipients, of_low_order_are_refused) {
  stream one{suite};
  crypto::public_identity bad;
  one.seals.recipients = {crypto::to_text(bad)};
  std::string out;
  const auto refused = one.sealer()->seal("x", here, 0, out);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), core::errc::permission);
}

TEST(identity_text, comes_back_and_nothing_else_is_read) {
  const auto one = fixed_identity("one");
  const auto text = text_of(*one);
  EXPECT_EQ(text.size(), 12u + 86u);
  const auto read = crypto::parse_identity(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->sign_public, one->sign_public);
  EXPECT_EQ(read->box_public, one->box_public);
  for (const auto& bad :
       {std::string{}, text + "A", text.substr(0, text.size() - 1), text.substr(1), text + "=",
        text.substr(0, 20) + "!" + text.substr(21), " " + text})
    EXPECT_FALSE(crypto::parse_identity(bad).ok()) << bad;
}

} // namespace lepton::tests
