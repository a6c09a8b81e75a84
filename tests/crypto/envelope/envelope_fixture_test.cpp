#include "tests/crypto/envelope/envelope_fixture.hpp"

#include <sodium.h>

namespace lepton::crypto::testing {

identified_keys::identified_keys() {
  start_sodium();
  auto made = std::make_shared<identity>();
  made->sign_secret = secret{crypto_sign_SECRETKEYBYTES};
  made->box_secret = secret{crypto_box_SECRETKEYBYTES};
  crypto_sign_keypair(made->sign_public.data(), made->sign_secret.data());
  crypto_box_keypair(made->box_public.data(), made->box_secret.data());
  own = std::move(made);
}

stream_pair::stream_pair(core::seal_suite suite, std::shared_ptr<identified_keys> source)
    : keys{std::move(source)} {
  sealing.key = opening.key = "payments";
  sealing.tenant = opening.tenant = "acme";
  sealing.pipeline = opening.pipeline = "shop";
  sealing.schema = opening.schema = "v1";
  sealing.suite = suite;
  if (suite == core::seal_suite::recipients)
    sealing.recipients = opening.senders = {keys->identity_text()};
  sealer = make_envelope_sealer(keys, sealing).value();
  opener = make_envelope_opener(keys, opening, nullptr).value();
}

std::string stream_pair::seal(std::string_view plain, const core::seal_context& context,
                              std::uint32_t batch_records) {
  std::string out;
  if (const auto done = sealer->seal(plain, context, batch_records, out); !done)
    throw std::runtime_error(done.error().message());
  return out;
}

std::string stream_pair::open(std::string_view envelope, const core::seal_context& context,
                              const core::read_position& at) {
  std::string out;
  if (const auto done = opener->open(envelope, context, at, out); !done)
    throw std::runtime_error(core::name(opener->last_refusal()));
  return out;
}

bool stream_pair::refuses(std::string_view envelope, const core::seal_context& context) {
  static const std::string before = "what was there before";
  static std::string first_text;
  std::string out = before;
  const auto done = opener->open(envelope, context, {}, out);
  if (done)
    return false;
  if (first_text.empty())
    first_text = done.error().message();
  // One uniform error, and nothing released: neither in the text nor behind its end.
  return done.error().message() == first_text && done.error().code() == core::errc::malformed &&
         out == before;
}

std::unique_ptr<core::opener> stream_pair::opener_with(const core::open_options& other) {
  return make_envelope_opener(keys, other, nullptr).value();
}

} // namespace lepton::crypto::testing
