#include "crypto/keyring/key_material.hpp"
#include "crypto/keyring/keyring_format.hpp"
#include "crypto/keyring/little_endian.hpp"
#include "crypto/keyring/wrapped_key.hpp"

#include <algorithm>

#include <sodium.h>

namespace lepton::crypto {

namespace {

using core::errc;
using core::error;

constexpr std::size_t sign_size = crypto_sign_SECRETKEYBYTES;
constexpr std::size_t box_size = crypto_box_SECRETKEYBYTES;

std::string_view view(const key_id& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

std::string hash_context(const named_key& key) {
  return join_parts({"hash", key.name, key.tenant});
}

std::string version_context(const named_key& key, const key_id& id) {
  return join_parts({"version", key.name, key.tenant, view(id)});
}

void short_text(byte_writer& out, std::string_view text) {
  out.u8(static_cast<std::uint8_t>(text.size()));
  out.raw(text);
}

void write_key(byte_writer& out, const named_key& key, const secret& wrap_key) {
  short_text(out, key.name);
  short_text(out, key.tenant);
  out.u8(key.hash_key ? 1 : 0);
  if (key.hash_key)
    out.raw(wrap_secret(key.hash_key->bytes, hash_context(key), wrap_key));
  out.u32(static_cast<std::uint32_t>(key.versions.size()));
  for (const auto& one : key.versions) {
    out.raw(one.id);
    out.u8(static_cast<std::uint8_t>(one.state));
    out.u64(static_cast<std::uint64_t>(one.created_ms));
    out.u64(static_cast<std::uint64_t>(one.changed_ms));
    if (one.key)
      out.raw(wrap_secret(one.key->bytes, version_context(key, one.id), wrap_key));
  }
}

/// Reads a body; any departure from the format makes `failed` true.
class body_reader {
public:
  body_reader(std::string_view body, const secret& wrap_key) : in_{body}, wrap_key_{wrap_key} {}

  bool failed() const noexcept { return failed_ || in_.failed(); }
  bool at_end() const noexcept { return in_.left() == 0; }

  secret key(std::size_t size, std::string_view context) {
    const auto wrapped = in_.text(size + wrap_overhead);
    if (in_.failed())
      return {};
    auto out = unwrap_secret(wrapped, context, wrap_key_);
    failed_ |= !out;
    return out ? std::move(*out) : secret{};
  }

  std::uint32_t count(std::uint32_t limit) {
    const auto n = in_.u32();
    failed_ |= n > limit;
    return failed() ? 0 : n;
  }

  named_key named() {
    named_key out;
    out.name = in_.text(in_.u8());
    out.tenant = in_.text(in_.u8());
    failed_ |= !is_key_name(out.name) || (!out.tenant.empty() && !is_key_name(out.tenant));
    if (flag())
      out.hash_key = make(out, key(key_size, hash_context(out)));
    const auto versions = count(keyring::max_versions);
    for (std::uint32_t i = 0; i < versions && !failed(); ++i)
      out.versions.push_back(version(out));
    const auto primaries =
        std::count_if(out.versions.begin(), out.versions.end(),
                      [](const auto& one) { return one.state == key_state::primary; });
    failed_ |= primaries > 1;
    return out;
  }

private:
  bool flag() {
    const auto value = in_.u8();
    failed_ |= value > 1;
    return !failed() && value == 1;
  }

  key_version_ptr make(const named_key& of, secret bytes) {
    return failed() ? nullptr : make_key_version(of.name, of.tenant, std::move(bytes));
  }

  keyring_version version(const named_key& of) {
    keyring_version out;
    in_.raw(out.id);
    const auto state = in_.u8();
    failed_ |= state < 1 || state > 5;
    out.state = static_cast<key_state>(state);
    out.created_ms = static_cast<std::int64_t>(in_.u64());
    out.changed_ms = static_cast<std::int64_t>(in_.u64());
    if (failed() || out.state == key_state::destroyed)
      return out;
    auto made = make(of, key(key_size, version_context(of, out.id)));
    failed_ |= !made || made->id != out.id;
    out.key = std::move(made);
    return out;
  }

  byte_reader in_;
  const secret& wrap_key_;
  bool failed_ = false;
};

} // namespace

std::string keyring_codec::encode(const keyring& keys, const secret& wrap_key) {
  byte_writer out;
  out.raw(wrap_secret(keys.identity_->sign_secret, "identity sign", wrap_key));
  out.raw(wrap_secret(keys.identity_->box_secret, "identity box", wrap_key));
  out.u32(static_cast<std::uint32_t>(keys.keys_.size()));
  for (const auto& key : keys.keys_)
    write_key(out, key, wrap_key);
  return out.take();
}

core::result<keyring> keyring_codec::decode(std::string_view body, const keyring_header& header,
                                            const secret& wrap_key) {
  body_reader in{body, wrap_key};
  keyring out;
  out.id_ = header.id;
  out.version_ = header.version;
  auto sign = in.key(sign_size, "identity sign");
  auto box = in.key(box_size, "identity box");
  const auto count = in.count(keyring::max_keys);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i)
    out.keys_.push_back(in.named());
  if (in.failed() || !in.at_end())
    return error{errc::malformed, "the content does not follow the format of keyrings"};
  out.identity_ = identity_from(std::move(sign), std::move(box));
  return out;
}

} // namespace lepton::crypto
