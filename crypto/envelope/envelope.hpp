#pragma once

#include "core/sealing.hpp"
#include "crypto/envelope/header.hpp"
#include "crypto/envelope/replay_guard.hpp"
#include "crypto/key_source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// Where the salts of segments come from. Only for frozen test vectors: a salt that is used twice
/// under one key breaks the cipher.
using salt_source = std::function<segment_salt()>;

/// Seals one stream with the primary version of `options.key`, or for `options.recipients`. Begins
/// a new segment (new salt, sequence 0) after 1 h, 64 GiB, 2^32 envelopes, a fork, or when another
/// version becomes the primary. Fails (malformed) if a recipient cannot be read, (not_found) if
/// suite `recipients` is asked for and the keyring has no identity.
core::result<std::unique_ptr<core::sealer>> make_envelope_sealer(std::shared_ptr<key_source> keys,
                                                                 const core::seal_options& options,
                                                                 salt_source salts = nullptr);

/// Opens envelopes of one stream, of every suite that its options allow: suites 1 and 3 with
/// versions of `options.key`, suite 2 if `options.senders` names the sender. `guard` is shared by
/// all openers of the stream; null: replays are not looked for.
core::result<std::unique_ptr<core::opener>>
make_envelope_opener(std::shared_ptr<key_source> keys, const core::open_options& options,
                     std::shared_ptr<replay_guard> guard);

/// 32 hexadecimal digits: the first 16 bytes of keyed BLAKE2b of purpose and value.
std::string seal_hash(const key_version& key, std::string_view purpose, std::string_view value);

} // namespace lepton::crypto
