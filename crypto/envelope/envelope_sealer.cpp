#include "crypto/envelope/compression.hpp"
#include "crypto/envelope/context.hpp"
#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/fork_count.hpp"
#include "crypto/envelope/recipients.hpp"
#include "crypto/envelope/segment.hpp"
#include "crypto/primitives/signing.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using clock = std::chrono::steady_clock;
using core::seal_suite;

constexpr std::uint64_t segment_bytes = 64ULL << 30;
constexpr std::uint64_t segment_envelopes = 1ULL << 32;
constexpr std::chrono::hours segment_life{1};
constexpr std::uint64_t look_at_clock_every = 64;

segment_salt random_salt() {
  segment_salt salt;
  randombytes_buf(salt.data(), salt.size());
  return salt;
}

seal_suite chosen(seal_suite wanted) {
  if (wanted != seal_suite::automatic)
    return wanted;
  return has_fast_aes() ? seal_suite::aegis_256 : seal_suite::xchacha20_poly1305;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// What a sealer uses until it begins anew.
struct open_segment {
  segment_keys keys;
  key_id key;
  segment_salt salt;
  std::string recipients; ///< suite `recipients`
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
  std::uint64_t generation;
  std::uint64_t forks;
  clock::time_point begun;
};

class envelope_sealer final : public core::sealer {
public:
  envelope_sealer(std::shared_ptr<key_source> keys, core::seal_options options,
                  std::vector<public_identity> recipients, salt_source salts)
      : keys_{std::move(keys)}, options_{std::move(options)}, recipients_{std::move(recipients)},
        salts_{salts ? std::move(salts) : random_salt}, suite_{chosen(options_.suite)},
        cipher_{cipher_of(suite_)}, context_{identity()} {}

  core::result<void> seal(std::string_view plain, const core::seal_context& context,
                          std::uint32_t batch_records, std::string& out) override {
    if (plain.size() > max_plaintext)
      return core::error{core::errc::capacity,
                         fmt::format("a payload of {} bytes cannot be sealed: the most are {}",
                                     plain.size(), max_plaintext)};
    if (auto ready = prepare(); !ready)
      return ready;
    auto body = plain;
    bool compressed = false;
    if (options_.compression == core::seal_compression::zstd && compress(plain, squeezed_) &&
        squeezed_.size() < plain.size()) {
      body = squeezed_;
      compressed = true;
    }
    const bool bound = context.partition >= 0;
    envelope_header header{
        suite_,
        static_cast<std::uint8_t>((batch_records != 0 ? envelope_flag::batch : 0) |
                                  (compressed ? envelope_flag::compressed : 0) |
                                  (bound ? envelope_flag::partition_bound : 0)),
        static_cast<std::uint16_t>(header_size + segment_->recipients.size()),
        segment_->key,
        segment_->salt,
        segment_->keys.commitment(),
        segment_->sequence,
        batch_records == 0 ? 1 : batch_records,
        static_cast<std::uint32_t>(plain.size())};
    write(header, body, context, bound, out);
    ++segment_->sequence;
    segment_->bytes += body.size();
    return {};
  }

private:
  stream_identity identity() const { return {options_.tenant, options_.pipeline, options_.schema}; }

  void write(const envelope_header& header, std::string_view body,
             const core::seal_context& context, bool bound, std::string& out) {
    const auto begin = out.size();
    const bool is_signed = suite_ == seal_suite::recipients;
    out.resize(begin + header.size + body.size() + cipher_.tag_size);
    auto* const at = reinterpret_cast<std::uint8_t*>(out.data() + begin);
    write_header(header, at);
    std::copy(segment_->recipients.begin(), segment_->recipients.end(),
              out.begin() + static_cast<std::ptrdiff_t>(begin + header_size));
    const auto associated =
        context_.write(std::string_view{out}.substr(begin, header.size), context, bound);
    const auto nonce = segment_->keys.nonce(header.sequence);
    cipher_.seal(bytes_of(body), associated, nonce.data(), segment_->keys.key(), at + header.size);
    if (!is_signed)
      return;
    const auto text = signed_text(std::string_view{out}.substr(begin));
    const auto signature = sign(bytes_of(text), own_->sign_secret.data());
    out.append(reinterpret_cast<const char*>(signature.data()), signature.size());
  }

  /// Makes sure that there is a segment that may still be used.
  core::result<void> prepare() {
    if (segment_ && fits())
      return {};
    return suite_ == seal_suite::recipients ? begin_for_recipients() : begin_with_key();
  }

  bool fits() {
    auto& now = *segment_;
    if (now.forks != fork_count() || now.sequence >= segment_envelopes ||
        now.bytes >= segment_bytes)
      return false;
    if (now.sequence % look_at_clock_every == 0 && clock::now() - now.begun > segment_life)
      return false;
    const auto generation = keys_->generation();
    if (now.generation == generation)
      return true;
    now.generation = generation;
    if (suite_ == seal_suite::recipients)
      return true;
    const auto primary = keys_->primary(options_.key, options_.tenant);
    return primary && primary->id == now.key;
  }

  core::result<void> begin_with_key() {
    segment_.reset();
    const auto generation = keys_->generation();
    const auto primary = keys_->primary(options_.key, options_.tenant);
    if (!primary)
      return core::error{core::errc::permission,
                         fmt::format("nothing can be sealed: key `{}` has no version that may "
                                     "seal; see `lepton keys list`",
                                     options_.key)};
    begin(primary->bytes.bytes(), primary->id, {}, generation);
    return {};
  }

  core::result<void> begin_for_recipients() {
    segment_.reset();
    const auto generation = keys_->generation();
    own_ = keys_->own_identity();
    if (!own_)
      return core::error{core::errc::permission,
                         "nothing can be sealed: the keyring has no identity any more"};
    secret data_key{key_size};
    randombytes_buf(data_key.data(), data_key.size());
    begin(data_key.bytes(), tag_of(own_->sign_public),
          wrap_for(recipients_, own_->sign_public, data_key.bytes()), generation);
    return {};
  }

  void begin(std::span<const std::uint8_t> key, const key_id& id, std::string recipients,
             std::uint64_t generation) {
    const auto salt = salts_();
    segment_.emplace(open_segment{segment_keys{key, suite_, salt, identity()}, id, salt,
                                  std::move(recipients), 0, 0, generation, fork_count(),
                                  clock::now()});
  }

  std::shared_ptr<key_source> keys_;
  core::seal_options options_;
  std::vector<public_identity> recipients_;
  salt_source salts_;
  seal_suite suite_;
  const aead& cipher_;
  context_writer context_;
  identity_ptr own_;
  std::optional<open_segment> segment_;
  std::string squeezed_;
};

} // namespace

core::result<std::unique_ptr<core::sealer>> make_envelope_sealer(std::shared_ptr<key_source> keys,
                                                                 const core::seal_options& options,
                                                                 salt_source salts) {
  start_sodium();
  std::vector<public_identity> recipients;
  if (options.suite == seal_suite::recipients) {
    if (options.recipients.empty() || options.recipients.size() > max_recipients)
      return core::error{core::errc::invalid_argument,
                         fmt::format("suite recipients takes 1 to {} recipients", max_recipients)};
    if (!keys->own_identity())
      return core::error{core::errc::not_found, "the keyring has no identity to sign with"};
    for (const auto& text : options.recipients) {
      auto one = parse_identity(text);
      if (!one)
        return one.error();
      recipients.push_back(*one);
    }
  }
  return std::unique_ptr<core::sealer>{std::make_unique<envelope_sealer>(
      std::move(keys), options, std::move(recipients), std::move(salts))};
}

std::string seal_hash(const key_version& key, std::string_view purpose, std::string_view value) {
  start_sodium();
  std::array<std::uint8_t, 16> hash;
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.bytes.data(), key.bytes.size(), hash.size());
  std::string prefix;
  append_part(prefix, purpose);
  crypto_generichash_update(&state, bytes_of(prefix).data(), prefix.size());
  crypto_generichash_update(&state, bytes_of(value).data(), value.size());
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::array<char, 33> text;
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  return {text.data(), 32};
}

} // namespace lepton::crypto
