#include "crypto/envelope/compression.hpp"
#include "crypto/envelope/context.hpp"
#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/identity_text.hpp"
#include "crypto/envelope/segment_cache.hpp"
#include "crypto/envelope/uninitialized_append.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::refusal;
using core::seal_suite;
using bytes = std::span<const std::uint8_t>;

bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// An envelope taken apart; nothing of it is known to be true yet.
struct parts {
  envelope_header header;
  std::string_view head;   ///< the whole header
  std::string_view sealed; ///< body and tag
  std::string_view signature;
  std::optional<recipient_list> recipients;
};

class envelope_opener final : public core::opener {
public:
  envelope_opener(std::shared_ptr<key_source> keys, core::open_options options,
                  std::vector<public_identity> senders, std::shared_ptr<replay_guard> guard)
      : keys_{std::move(keys)}, options_{std::move(options)}, senders_{std::move(senders)},
        guard_{std::move(guard)}, context_{{options_.tenant, options_.pipeline, options_.schema}} {}

  core::result<core::opened_payload> open(std::string_view envelope,
                                          const core::seal_context& context,
                                          const core::read_position& at,
                                          std::string& out) override {
    const auto begin = out.size();
    parts all;
    cause_ = open_parts(envelope, context, at, all, out);
    if (cause_ != refusal::none) {
      wipe_back_to(begin, out);
      return core::error{core::errc::malformed,
                         "the payload does not open: its key is not here, it was changed, or it "
                         "belongs elsewhere"};
    }
    return core::opened_payload{out.size() - begin, all.header.records,
                                (all.header.flags & envelope_flag::batch) != 0};
  }

  refusal last_refusal() const noexcept override { return cause_; }

private:
  static void wipe_back_to(std::size_t size, std::string& out) {
    if (out.size() > size)
      sodium_memzero(out.data() + size, out.size() - size);
    out.resize(size);
  }

  refusal open_parts(std::string_view envelope, const core::seal_context& context,
                     const core::read_position& at, parts& all, std::string& out) {
    if (!take_apart(envelope, all))
      return refusal::no_envelope;
    const auto most = std::min<std::int64_t>(options_.max_plaintext, max_plaintext);
    if (std::int64_t{all.header.plain_size} > most)
      return refusal::too_large;
    if (all.recipients.has_value() == senders_.empty())
      return refusal::authentication;
    std::int32_t partition = -1;
    if ((all.header.flags & envelope_flag::partition_bound) != 0) {
      partition = context.partition >= 0 ? context.partition : at.partition;
      if (partition < 0)
        return refusal::authentication;
    }
    const auto associated = context_.write(bytes_of(all.head), context, partition);
    if (all.recipients && !is_signed_by_sender(all, associated))
      return refusal::authentication;
    const segment_keys* keys = nullptr;
    if (const auto why = find_keys(all, keys); why != refusal::none)
      return why;
    if (!decrypt(all, *keys, associated, out))
      return refusal::authentication;
    return admit(envelope, all.header, at) ? refusal::none : refusal::replayed;
  }

  /// False if the sizes do not add up. Neither computes nor allocates anything.
  static bool take_apart(std::string_view envelope, parts& all) {
    const auto header = read_header(envelope);
    if (!header)
      return false;
    all.header = *header;
    all.head = envelope.substr(0, header->size);
    all.sealed = envelope.substr(header->size);
    auto cipher = header->suite;
    if (cipher == seal_suite::recipients) {
      all.recipients = read_recipients(all.head.substr(header_size));
      if (!all.recipients || all.sealed.size() < signature_size)
        return false;
      cipher = all.recipients->cipher;
      all.signature = all.sealed.substr(all.sealed.size() - signature_size);
      all.sealed.remove_suffix(signature_size);
    }
    const auto tag = cipher_of(cipher)->tag_size;
    if (all.sealed.size() < tag)
      return false;
    const auto body = all.sealed.size() - tag;
    return (header->flags & envelope_flag::compressed) != 0 ? body < header->plain_size
                                                            : body == header->plain_size;
  }

  bool is_signed_by_sender(const parts& all, bytes associated) const {
    const auto sender = all.recipients->sender;
    const bool trusted = std::any_of(senders_.begin(), senders_.end(), [&](const auto& each) {
      return std::equal(sender.begin(), sender.end(), each.sign_public.begin());
    });
    return trusted && verify(bytes_of(signed_text(associated, bytes_of(all.sealed))),
                             bytes_of(all.signature), sender);
  }

  refusal find_keys(const parts& all, const segment_keys*& keys) {
    // What was derived from a key that may no longer open must go, so all of it does: deriving
    // again is cheap beside a change of the keyring.
    if (const auto now = keys_->generation(); now != generation_) {
      segments_.clear();
      generation_ = now;
    }
    keys = segments_.find(all.head);
    if (!keys) {
      auto made = derive(all);
      if (!made)
        return refusal::unknown_key;
      if (sodium_memcmp(made->commitment().data(), all.header.commitment.data(),
                        all.header.commitment.size()) != 0)
        return refusal::wrong_key;
      keys = segments_.add(all.head, std::move(*made));
    }
    const auto cipher = all.recipients ? all.recipients->cipher : all.header.suite;
    return &keys->cipher() == cipher_of(cipher) ? refusal::none : refusal::wrong_key;
  }

  std::optional<segment_keys> derive(const parts& all) {
    const auto& header = all.header;
    segment_origin origin{header.suite, header.suite, header.salt, {}};
    const stream_identity stream{options_.tenant, options_.pipeline, options_.schema};
    if (all.recipients) {
      const auto own = keys_->own_identity();
      const auto data_key =
          own ? unwrap(*all.recipients, header.salt, *own) : std::optional<secret>{};
      if (!data_key)
        return std::nullopt;
      origin.cipher = all.recipients->cipher;
      origin.sender = all.recipients->sender;
      return segment_keys{data_key->bytes(), origin, stream};
    }
    const auto version = keys_->find(options_.key, options_.tenant, header.key);
    if (!version)
      keys_->missing(header.key);
    if (!version || !version->opens)
      return std::nullopt;
    return segment_keys{version->bytes.bytes(), origin, stream};
  }

  /// Appends the plaintext to `out`; if false, what it appended is no plaintext.
  bool decrypt(const parts& all, const segment_keys& keys, bytes associated, std::string& out) {
    const auto& cipher = keys.cipher();
    std::array<std::uint8_t, 32> buffer;
    const auto nonce = keys.nonce(all.header.sequence, buffer);
    if ((all.header.flags & envelope_flag::compressed) == 0)
      return cipher.open(bytes_of(all.sealed), associated, nonce, keys.key(),
                         append_to(out, all.header.plain_size).data());
    squeezed_.resize(all.sealed.size() - cipher.tag_size);
    return cipher.open(bytes_of(all.sealed), associated, nonce, keys.key(),
                       reinterpret_cast<std::uint8_t*>(squeezed_.data())) &&
           compressor_.decompress(squeezed_, append_to(out, all.header.plain_size));
  }

  static std::span<std::uint8_t> append_to(std::string& out, std::size_t count) {
    const auto begin = out.size();
    append_uninitialized(out, count);
    return {reinterpret_cast<std::uint8_t*>(out.data() + begin), count};
  }

  bool admit(std::string_view envelope, const envelope_header& header,
             const core::read_position& at) {
    if (!guard_)
      return true;
    segment_id segment;
    std::memcpy(segment.data(), envelope.data() + header_at::segment, segment.size());
    return guard_->admit(segment, header.sequence, at);
  }

  std::shared_ptr<key_source> keys_;
  core::open_options options_;
  std::vector<public_identity> senders_;
  std::shared_ptr<replay_guard> guard_;
  context_writer context_;
  segment_cache segments_;
  std::uint64_t generation_ = 0;
  refusal cause_ = refusal::none;
  compressor compressor_;
  std::string squeezed_;
};

} // namespace

core::result<std::unique_ptr<core::opener>>
make_envelope_opener(std::shared_ptr<key_source> keys, const core::open_options& options,
                     std::shared_ptr<replay_guard> guard) {
  start_sodium();
  std::vector<public_identity> senders;
  for (const auto& text : options.senders) {
    auto one = parse_identity(text);
    if (!one)
      return one.error();
    senders.push_back(*one);
  }
  return std::unique_ptr<core::opener>{std::make_unique<envelope_opener>(
      std::move(keys), options, std::move(senders), std::move(guard))};
}

} // namespace lepton::crypto
