#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/recipients.hpp"
#include "crypto/envelope/replay_guard.hpp"
#include "crypto/key_source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// When a sealer begins a new segment. The defaults are those of docs/formats/envelope.md; smaller
/// ones are always safe, larger ones are not.
struct segment_limits {
  std::chrono::seconds life{3600};
  std::uint64_t bytes = 64ULL << 30;
  std::uint64_t envelopes = 1ULL << 32;
};

/// What a sealer takes from outside. Empty functions: the system's random numbers and clock. Other
/// random numbers are only for frozen test vectors: a salt that is used twice under one key breaks
/// the cipher.
struct sealer_surroundings {
  random_source random;
  std::function<std::chrono::seconds()> now;
  segment_limits limits;
};

/// Seals one stream with the primary version of `options.key`, or for `options.recipients`. Begins
/// a new segment (new salt, sequence 0) at its limits, after a fork, or when another version
/// becomes the primary. Fails (invalid_argument) for no recipients or more than 8, (malformed) if
/// one cannot be read, (not_found) if suite `recipients` is asked for and the keyring has no
/// identity.
core::result<std::unique_ptr<core::sealer>>
make_envelope_sealer(std::shared_ptr<key_source> keys, const core::seal_options& options,
                     sealer_surroundings surroundings = {});

/// Opens envelopes of one stream. Suites 1 and 3 with versions of `options.key`; but if
/// `options.senders` is not empty then only suite 2, of these senders. `guard` is shared by all
/// openers of the stream; null: replays are not looked for. Fails
/// (malformed) if a sender cannot be read.
core::result<std::unique_ptr<core::opener>>
make_envelope_opener(std::shared_ptr<key_source> keys, const core::open_options& options,
                     std::shared_ptr<replay_guard> guard);

/// 32 hexadecimal digits: the first 16 bytes of keyed BLAKE2b of purpose and value.
std::string seal_hash(const key_version& key, std::string_view purpose, std::string_view value);

} // namespace lepton::crypto
