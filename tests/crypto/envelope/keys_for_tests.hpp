#pragma once

#include "crypto/envelope/envelope.hpp"
#include "crypto/envelope/identity_text.hpp"
#include "crypto/key_source.hpp"

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <sodium.h>

namespace lepton::tests {

using crypto::key_id;
using raw_key = std::array<std::uint8_t, 32>;

/// `size` bytes that only depend on `seed`.
inline std::string fixed_bytes(std::string_view seed, std::size_t size) {
  crypto::start_sodium();
  std::array<std::uint8_t, 32> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const std::uint8_t*>(seed.data()),
                     seed.size(), nullptr, 0);
  std::string out(size, '\0');
  if (size != 0)
    randombytes_buf_deterministic(out.data(), size, hash.data());
  return out;
}

inline raw_key fixed_key(std::string_view seed) {
  raw_key out;
  std::memcpy(out.data(), fixed_bytes(seed, out.size()).data(), out.size());
  return out;
}

inline crypto::identity_ptr fixed_identity(std::string_view seed) {
  auto made = std::make_shared<crypto::identity>();
  made->sign_secret = crypto::secret{64};
  crypto_sign_seed_keypair(made->sign_public.data(), made->sign_secret.data(),
                           fixed_key(std::string{seed} + " sign").data());
  made->box_secret = crypto::secret::of(fixed_key(std::string{seed} + " box"));
  crypto_scalarmult_base(made->box_public.data(), made->box_secret.data());
  return made;
}

inline std::string text_of(const crypto::identity& one) {
  return crypto::to_text(crypto::public_identity{one.sign_public, one.box_public});
}

/// Keys that a test adds, promotes and destroys. Makes a key_version for each question, so that a
/// forked child has memory of its own.
class listed_keys final : public crypto::key_source {
public:
  struct listed {
    std::string name;
    raw_key bytes;
    bool opens = true;
  };

  std::uint64_t generation() const noexcept override { return generation_.load(); }
  crypto::key_version_ptr primary(std::string_view name, std::string_view) const override {
    const std::lock_guard lock{mutex_};
    for (auto at = keys_.rbegin(); at != keys_.rend(); ++at)
      if (at->name == name && at->opens)
        return version(*at);
    return nullptr;
  }
  crypto::key_version_ptr find(std::string_view name, std::string_view,
                               const key_id& id) const override {
    const std::lock_guard lock{mutex_};
    for (const auto& each : keys_)
      if (each.name == name && each.opens && id_of(each.bytes) == id)
        return version(each);
    return nullptr;
  }
  crypto::key_version_ptr hash_key(std::string_view name, std::string_view tenant) const override {
    return primary(name, tenant);
  }
  crypto::identity_ptr own_identity() const override { return own; }
  void missing(const key_id& id) override { missed.push_back(id); }

  void add(std::string name, const raw_key& bytes) {
    const std::lock_guard lock{mutex_};
    keys_.push_back({std::move(name), bytes});
    ++generation_;
  }
  void close(const raw_key& bytes) {
    const std::lock_guard lock{mutex_};
    for (auto& each : keys_)
      each.opens = each.opens && each.bytes != bytes;
    ++generation_;
  }
  static key_id id_of(const raw_key& bytes) {
    crypto::start_sodium();
    key_id out;
    crypto_generichash(out.data(), out.size(), bytes.data(), bytes.size(), nullptr, 0);
    return out;
  }

  crypto::identity_ptr own;
  std::vector<key_id> missed;

private:
  static crypto::key_version_ptr version(const listed& one) {
    return std::make_shared<crypto::key_version>(crypto::key_version{
        id_of(one.bytes), one.name, {}, crypto::secret::of(one.bytes), one.opens});
  }

  mutable std::mutex mutex_;
  std::vector<listed> keys_;
  std::atomic<std::uint64_t> generation_{1};
};

} // namespace lepton::tests
