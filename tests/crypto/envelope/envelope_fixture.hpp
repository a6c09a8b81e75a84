#pragma once

#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/recipients.hpp"
#include "crypto/vault/memory_keys.hpp"

#include <memory>
#include <stdexcept>
#include <string>

namespace lepton::crypto::testing {

/// Random keys with an identity of their own.
class identified_keys final : public key_source {
public:
  identified_keys();

  std::uint64_t generation() const noexcept override { return keys.generation(); }
  key_version_ptr primary(std::string_view name, std::string_view tenant) const override {
    return keys.primary(name, tenant);
  }
  key_version_ptr find(std::string_view name, std::string_view tenant,
                       const key_id& id) const override {
    return keys.find(name, tenant, id);
  }
  key_version_ptr hash_key(std::string_view name, std::string_view tenant) const override {
    return keys.hash_key(name, tenant);
  }
  identity_ptr own_identity() const override { return own; }
  void missing(const key_id&) override { ++missed; }

  /// As others name this identity.
  std::string identity_text() const { return to_text({own->sign_public, own->box_public}); }

  memory_keys keys;
  identity_ptr own;
  int missed = 0;
};

/// A sealer and an opener of one stream that agree on everything.
struct stream_pair {
  explicit stream_pair(core::seal_suite suite, std::shared_ptr<identified_keys> source =
                                                   std::make_shared<identified_keys>());

  std::string seal(std::string_view plain, const core::seal_context& context = {"tx", "", -1},
                   std::uint32_t batch_records = 0);
  /// The plaintext; throws std::runtime_error with the cause if it does not open.
  std::string open(std::string_view envelope, const core::seal_context& context = {"tx", "", 0},
                   const core::read_position& at = {});
  /// True if it does not open, and left nothing behind.
  bool refuses(std::string_view envelope, const core::seal_context& context = {"tx", "", 0});

  std::unique_ptr<core::opener> opener_with(const core::open_options& other);

  std::shared_ptr<identified_keys> keys;
  core::seal_options sealing;
  core::open_options opening;
  std::shared_ptr<replay_guard> guard; ///< none; set it before `reopen`
  std::unique_ptr<core::sealer> sealer;
  std::unique_ptr<core::opener> opener;
};

/// Every suite that can be named.
inline constexpr core::seal_suite all_suites[] = {core::seal_suite::xchacha20_poly1305,
                                                  core::seal_suite::recipients,
                                                  core::seal_suite::aegis_256};

} // namespace lepton::crypto::testing
