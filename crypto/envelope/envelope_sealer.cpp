#include "crypto/envelope/compression.hpp"
#include "crypto/envelope/context.hpp"
#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/identity_text.hpp"
#include "crypto/envelope/process_mark.hpp"
#include "crypto/envelope/segment.hpp"
#include "crypto/envelope/uninitialized_append.hpp"

#include <fmt/format.h>

#include <ctime>
#include <optional>
#include <vector>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::seal_suite;
using std::chrono::seconds;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

seal_suite fastest() {
  return has_fast_aes() ? seal_suite::aegis_256 : seal_suite::xchacha20_poly1305;
}

void system_random(std::span<std::uint8_t> out) {
  randombytes_buf(out.data(), out.size());
}

/// A few ns, where the exact clock takes as long as a small envelope.
seconds coarse_now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return seconds{now.tv_sec};
}

core::error too_large(std::size_t size) {
  return {core::errc::capacity, fmt::format("a payload of {} bytes cannot be sealed: the most are "
                                            "{}",
                                            size, max_plaintext)};
}

/// What a sealer uses until it begins anew.
struct open_segment {
  segment_keys keys;
  key_id key;
  std::string head; ///< the whole header of the next envelope
  std::uint64_t generation;
  std::uint64_t process;
  seconds begun;
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
};

class envelope_sealer final : public core::sealer {
public:
  envelope_sealer(std::shared_ptr<key_source> keys, core::seal_options options,
                  std::vector<public_identity> recipients, sealer_surroundings surroundings)
      : keys_{std::move(keys)}, options_{std::move(options)}, recipients_{std::move(recipients)},
        surroundings_{std::move(surroundings)},
        suite_{options_.suite == seal_suite::automatic ? fastest() : options_.suite},
        cipher_{suite_ == seal_suite::recipients ? fastest() : suite_}, context_{identity()} {
    if (!surroundings_.random)
      surroundings_.random = system_random;
  }

  core::result<void> seal(std::string_view plain, const core::seal_context& context,
                          std::uint32_t batch_records, std::string& out) override {
    if (plain.size() > max_plaintext)
      return too_large(plain.size());
    if (!segment_ || !may_go_on())
      LEPTON_TRY(begin_segment());
    std::uint8_t flags = batch_records != 0 ? envelope_flag::batch : 0;
    auto body = plain;
    if (options_.compression == core::seal_compression::zstd)
      if (const auto fewer = compressor_.compress(plain); !fewer.empty()) {
        body = fewer;
        flags |= envelope_flag::compressed;
      }
    if (context.partition >= 0)
      flags |= envelope_flag::partition_bound;
    complete_head(flags, batch_records == 0 ? 1 : batch_records, plain.size());
    write(body, context, out);
    ++segment_->sequence;
    segment_->bytes += body.size();
    return {};
  }

private:
  stream_identity identity() const { return {options_.tenant, options_.pipeline, options_.schema}; }
  seconds now() const { return surroundings_.now ? surroundings_.now() : coarse_now(); }

  void complete_head(std::uint8_t flags, std::uint32_t records, std::size_t plain_size) noexcept {
    auto* const head = segment_->head.data();
    const auto size = static_cast<std::uint32_t>(plain_size);
    head[header_at::flags] = static_cast<char>(flags);
    std::memcpy(head + header_at::sequence, &segment_->sequence, sizeof segment_->sequence);
    std::memcpy(head + header_at::records, &records, sizeof records);
    std::memcpy(head + header_at::plain_size, &size, sizeof size);
  }

  void write(std::string_view body, const core::seal_context& context, std::string& out) {
    const auto& [keys, key, head, generation, process, begun, sequence, used] = *segment_;
    const auto sealed_size = body.size() + keys.cipher().tag_size;
    const bool is_signed = suite_ == seal_suite::recipients;
    const auto begin = out.size();
    append_uninitialized(out, head.size() + sealed_size + (is_signed ? signature_size : 0));
    auto* const at = reinterpret_cast<std::uint8_t*>(out.data() + begin);
    std::memcpy(at, head.data(), head.size());
    const auto associated = context_.write(bytes_of(head), context, context.partition);
    std::array<std::uint8_t, 32> nonce;
    keys.cipher().seal(bytes_of(body), associated, keys.nonce(sequence, nonce), keys.key(),
                       at + head.size());
    if (!is_signed)
      return;
    const auto text = signed_text(associated, {at + head.size(), sealed_size});
    const auto signature = sign(bytes_of(text), own_->sign_secret.bytes().first<64>());
    std::memcpy(at + head.size() + sealed_size, signature.data(), signature.size());
  }

  bool may_go_on() {
    auto& segment = *segment_;
    const auto& limits = surroundings_.limits;
    if (segment.process != process_mark() || segment.sequence >= limits.envelopes ||
        segment.bytes >= limits.bytes || now() - segment.begun >= limits.life)
      return false;
    const auto generation = keys_->generation();
    if (segment.generation == generation)
      return true;
    segment.generation = generation;
    if (suite_ == seal_suite::recipients)
      return keys_->own_identity() == own_;
    const auto primary = keys_->primary(options_.key, options_.tenant);
    return primary && primary->id == segment.key;
  }

  core::result<void> begin_segment() {
    segment_.reset();
    const auto generation = keys_->generation();
    segment_salt salt;
    surroundings_.random(salt);
    if (suite_ == seal_suite::recipients)
      return begin_for_recipients(generation, salt);
    const auto primary = keys_->primary(options_.key, options_.tenant);
    if (!primary)
      return core::error{core::errc::permission,
                         fmt::format("nothing can be sealed: key `{}` has no version that may "
                                     "seal; see `lepton keys list`",
                                     options_.key)};
    begin({primary->bytes.bytes(), {suite_, cipher_, salt, {}}, identity()}, primary->id, salt, {},
          generation);
    return {};
  }

  core::result<void> begin_for_recipients(std::uint64_t generation, const segment_salt& salt) {
    own_ = keys_->own_identity();
    if (!own_)
      return core::error{core::errc::permission,
                         "nothing can be sealed: the keyring has no identity any more"};
    secret data_key{key_size};
    surroundings_.random({data_key.data(), data_key.size()});
    const auto part = wrap_for(recipients_, cipher_, salt, own_->sign_public, data_key.bytes(),
                               surroundings_.random);
    if (!part)
      return core::error{core::errc::permission,
                         "nothing can be sealed: a recipient's key is a point of low order"};
    begin({data_key.bytes(), {suite_, cipher_, salt, own_->sign_public}, identity()},
          tag_of(own_->sign_public), salt, *part, generation);
    return {};
  }

  void begin(segment_keys keys, const key_id& id, const segment_salt& salt,
             std::string_view recipients, std::uint64_t generation) {
    std::string head(header_size, '\0');
    envelope_header header;
    header.suite = suite_;
    header.size = static_cast<std::uint16_t>(header_size + recipients.size());
    header.key = id;
    header.salt = salt;
    header.commitment = keys.commitment();
    write_header(header, reinterpret_cast<std::uint8_t*>(head.data()));
    head += recipients;
    segment_.emplace(
        open_segment{std::move(keys), id, std::move(head), generation, process_mark(), now()});
  }

  std::shared_ptr<key_source> keys_;
  core::seal_options options_;
  std::vector<public_identity> recipients_;
  sealer_surroundings surroundings_;
  seal_suite suite_;
  seal_suite cipher_; ///< of the body
  context_writer context_;
  identity_ptr own_;
  std::optional<open_segment> segment_;
  compressor compressor_;
};

core::result<std::vector<public_identity>> read_recipients_of(const key_source& keys,
                                                              const core::seal_options& options) {
  std::vector<public_identity> out;
  if (options.suite != seal_suite::recipients)
    return out;
  if (options.recipients.empty() || options.recipients.size() > max_recipients)
    return core::error{core::errc::invalid_argument,
                       fmt::format("suite recipients takes 1 to {} recipients", max_recipients)};
  if (!keys.own_identity())
    return core::error{core::errc::not_found, "the keyring has no identity to sign with"};
  for (const auto& text : options.recipients) {
    auto one = parse_identity(text);
    if (!one)
      return one.error();
    out.push_back(*one);
  }
  return out;
}

} // namespace

core::result<std::unique_ptr<core::sealer>> make_envelope_sealer(std::shared_ptr<key_source> keys,
                                                                 const core::seal_options& options,
                                                                 sealer_surroundings surroundings) {
  start_sodium();
  auto recipients = read_recipients_of(*keys, options);
  if (!recipients)
    return recipients.error();
  return std::unique_ptr<core::sealer>{std::make_unique<envelope_sealer>(
      std::move(keys), options, *std::move(recipients), std::move(surroundings))};
}

} // namespace lepton::crypto
