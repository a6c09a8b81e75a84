// Any bytes as a token, as its claims, and as a line of an audit log. No token that was not signed
// here may count; what is read as claims must be read the same again from what is written.
#include "core/assert.hpp"
#include "crypto/audit/audit_entry.hpp"
#include "crypto/token/access_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lepton::crypto;
  static const token_verifier verifier{{signing_key::generate().public_half}, "fuzz", nullptr};
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  LEPTON_ASSERT(!verifier.verify(text, utc_now()));
  if (const auto claims = read_unverified(text))
    LEPTON_ASSERT(parse_claims(to_json(*claims)).ok());
  if (const auto claims = parse_claims(text))
    LEPTON_ASSERT(to_json(*parse_claims(to_json(*claims))) == to_json(*claims));
  (void)parse_audit_line(text);
  (void)parse_audit_frame(text);
  if (const auto head = audit_head::parse(text))
    LEPTON_ASSERT(*audit_head::parse(head->text()) == *head);
  return 0;
}
