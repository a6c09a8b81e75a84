#include "crypto/envelope/compression.hpp"
#include "crypto/envelope/context.hpp"
#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/recipients.hpp"
#include "crypto/envelope/segment.hpp"
#include "crypto/primitives/signing.hpp"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <optional>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::refusal;
using core::seal_suite;

/// Segments whose keys are kept, so that a payload costs no derivation.
constexpr std::size_t most_segments = 4096;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The keys of a segment that was met, and what it was met with.
struct known_segment {
  segment_keys keys;
  key_id key;
  seal_suite suite;
};

class envelope_opener final : public core::opener {
public:
  envelope_opener(std::shared_ptr<key_source> keys, core::open_options options,
                  std::vector<public_identity> senders, std::shared_ptr<replay_guard> guard)
      : keys_{std::move(keys)}, options_{std::move(options)}, senders_{std::move(senders)},
        guard_{std::move(guard)}, context_{identity()} {}

  core::result<core::opened_payload> open(std::string_view envelope,
                                          const core::seal_context& context,
                                          const core::read_position& at,
                                          std::string& out) override {
    const auto begin = out.size();
    const auto header = read_header(envelope);
    if (!header)
      return refuse(refusal::no_envelope);
    if (static_cast<std::int64_t>(header->plain_size) > options_.max_plaintext)
      return refuse(refusal::too_large);
    auto sealed = envelope.substr(header->size);
    if (header->suite == seal_suite::recipients && !take_signature(envelope, *header, sealed))
      return refuse(refusal::authentication);
    const auto* const keys = keys_for(*header, envelope);
    if (!keys)
      return refuse(cause_);
    if (!decrypt(*header, *keys, envelope, sealed, context, out))
      return refuse(refusal::authentication);
    if (guard_ && !guard_->admit(header->salt, header->sequence, at)) {
      sodium_memzero(out.data() + begin, out.size() - begin);
      out.resize(begin);
      return refuse(refusal::replayed);
    }
    return core::opened_payload{out.size() - begin, header->records,
                                (header->flags & envelope_flag::batch) != 0};
  }

  refusal last_refusal() const noexcept override { return cause_; }

private:
  stream_identity identity() const { return {options_.tenant, options_.pipeline, options_.schema}; }

  core::error refuse(refusal cause) {
    cause_ = cause;
    return {core::errc::malformed,
            "the payload does not open: its key is not here, it was changed, or it belongs "
            "elsewhere"};
  }

  /// Suite `recipients`: a trusted sender signed everything. Cuts the signature off `sealed`.
  bool take_signature(std::string_view envelope, const envelope_header& header,
                      std::string_view& sealed) const {
    const auto list = read_recipients(envelope.substr(header_size, header.size - header_size));
    if (!list || sealed.size() < signature_size)
      return false;
    const bool trusted = std::any_of(senders_.begin(), senders_.end(), [&](const auto& sender) {
      return std::equal(list->sender.begin(), list->sender.end(), sender.sign_public.begin());
    });
    if (!trusted)
      return false;
    const auto text = signed_text(envelope.substr(0, envelope.size() - signature_size));
    const auto signature = bytes_of(envelope).last(signature_size);
    sealed.remove_suffix(signature_size);
    return verify(bytes_of(text), signature, list->sender);
  }

  const segment_keys* keys_for(const envelope_header& header, std::string_view envelope) {
    if (const auto now = keys_->generation(); now != generation_) {
      segments_.clear(); // some key may have been destroyed
      generation_ = now;
    }
    auto found = segments_.find(header.salt);
    if (found == segments_.end() || found->second.key != header.key ||
        found->second.suite != header.suite) {
      auto made = derive(header, envelope);
      if (!made)
        return nullptr;
      if (!matches(made->keys, header))
        return nullptr;
      if (segments_.size() >= most_segments)
        segments_.clear();
      found = segments_.insert_or_assign(header.salt, std::move(*made)).first;
    }
    return matches(found->second.keys, header) ? &found->second.keys : nullptr;
  }

  bool matches(const segment_keys& keys, const envelope_header& header) {
    cause_ = refusal::wrong_key;
    return sodium_memcmp(keys.commitment().data(), header.commitment.data(),
                         header.commitment.size()) == 0;
  }

  std::optional<known_segment> derive(const envelope_header& header, std::string_view envelope) {
    cause_ = refusal::unknown_key;
    if (header.suite == seal_suite::recipients) {
      const auto own = keys_->own_identity();
      const auto list = read_recipients(envelope.substr(header_size, header.size - header_size));
      if (!own || !list)
        return std::nullopt;
      const auto data_key = unwrap(*list, *own);
      if (!data_key)
        return std::nullopt;
      return known_segment{
          {data_key->bytes(), header.suite, header.salt, identity()}, header.key, header.suite};
    }
    const auto version = keys_->find(options_.key, options_.tenant, header.key);
    if (!version) {
      keys_->missing(header.key);
      return std::nullopt;
    }
    return known_segment{
        {version->bytes.bytes(), header.suite, header.salt, identity()}, header.key, header.suite};
  }

  bool decrypt(const envelope_header& header, const segment_keys& keys, std::string_view envelope,
               std::string_view sealed, const core::seal_context& context, std::string& out) {
    const auto& cipher = cipher_of(header.suite);
    if (sealed.size() < cipher.tag_size || sealed.size() - cipher.tag_size > max_plaintext)
      return false;
    const auto size = sealed.size() - cipher.tag_size;
    const bool compressed = (header.flags & envelope_flag::compressed) != 0;
    if (!compressed && size != header.plain_size)
      return false;
    const auto associated = context_.write(envelope.substr(0, header.size), context,
                                           (header.flags & envelope_flag::partition_bound) != 0);
    const auto nonce = keys.nonce(header.sequence);
    auto& into = compressed ? squeezed_ : out;
    const auto begin = compressed ? 0 : out.size();
    into.resize(begin + size);
    const bool opened = cipher.open(bytes_of(sealed), associated, nonce.data(), keys.key(),
                                    reinterpret_cast<std::uint8_t*>(into.data() + begin));
    if (!opened)
      into.resize(begin);
    return opened && (!compressed || decompress(squeezed_, header.plain_size, out));
  }

  std::shared_ptr<key_source> keys_;
  core::open_options options_;
  std::vector<public_identity> senders_;
  std::shared_ptr<replay_guard> guard_;
  context_writer context_;
  absl::flat_hash_map<segment_salt, known_segment> segments_;
  std::uint64_t generation_ = 0;
  refusal cause_ = refusal::none;
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
