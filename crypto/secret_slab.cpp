#include "crypto/secret_slab.hpp"

#include "core/assert.hpp"
#include "crypto/secret.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include <sodium.h>

namespace lepton::crypto {

namespace {

std::size_t page() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t granules_for(std::size_t size) {
  return (size + 16 + secret_slab::granule - 1) / secret_slab::granule;
}

} // namespace

secret_slab::secret_slab() {
  void* mapped = ::mmap(nullptr, size + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::bad_alloc{};
  begin_ = static_cast<std::uint8_t*>(mapped) + page();
  if (::mprotect(begin_, size, PROT_READ | PROT_WRITE) != 0) {
    ::munmap(mapped, size + 2 * page());
    throw std::bad_alloc{};
  }
  ::madvise(begin_, size, MADV_DONTDUMP);
  ::madvise(begin_, size, MADV_DONTFORK);
  locked_ = ::mlock(begin_, size) == 0;
}

secret_slab::~secret_slab() {
  if (!begin_)
    return;
  sodium_memzero(begin_, size);
  ::munmap(begin_ - page(), size + 2 * page());
}

std::uint8_t* secret_slab::take(std::size_t count) noexcept {
  std::size_t run = 0;
  bool passed_free = false;
  for (std::size_t at = hint_; at < granules; ++at) {
    run = used_[at] ? 0 : run + 1;
    passed_free |= !used_[at];
    if (!passed_free)
      hint_ = at + 1;
    if (run == count) {
      const auto first = at + 1 - count;
      for (std::size_t i = first; i <= at; ++i)
        used_.set(i);
      return begin_ + first * granule;
    }
  }
  return nullptr;
}

void secret_slab::give_back(const std::uint8_t* at, std::size_t count) noexcept {
  const auto offset = static_cast<std::size_t>(at - begin_);
  LEPTON_ASSERT(offset % granule == 0);
  const auto first = offset / granule;
  for (std::size_t i = first; i < first + count; ++i) {
    LEPTON_ASSERT(used_[i]);
    used_.reset(i);
  }
  hint_ = std::min(hint_, first);
}

secret_memory& secret_memory::instance() {
  static auto* const only = new secret_memory;
  return *only;
}

secret_memory::secret_memory() {
  start_sodium();
  randombytes_buf(canary_.data(), canary_.size());
  // Held over the fork, so that the child never finds the mutex locked by a thread that it lacks.
  ::pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] {
                     instance().after_fork_in_child();
                     instance().mutex_.unlock();
                   });
}

void secret_memory::after_fork_in_child() noexcept {
  for (auto& slab : slabs_)
    slab->forget();
  slabs_.clear();
  is_child_ = true;
}

std::uint8_t* secret_memory::allocate(std::size_t size) {
  LEPTON_ASSERT(size > 0 && size <= 4096);
  const auto count = granules_for(size);
  const std::lock_guard hold{mutex_};
  std::uint8_t* data = nullptr;
  for (auto& slab : slabs_)
    if ((data = slab->take(count)))
      break;
  if (!data) {
    slabs_.push_back(std::make_unique<secret_slab>());
    all_locked_ &= slabs_.back()->locked();
    data = slabs_.back()->take(count);
  }
  std::memcpy(data + size, canary_.data(), canary_.size());
  return data;
}

void secret_memory::release(std::uint8_t* data, std::size_t size) noexcept {
  const std::lock_guard hold{mutex_};
  auto* slab = slab_of(data);
  if (!slab && is_child_)
    return;
  LEPTON_ASSERT(slab);
  const bool canary_intact = sodium_memcmp(data + size, canary_.data(), canary_.size()) == 0;
  LEPTON_ASSERT(canary_intact);
  sodium_memzero(data, size + canary_.size());
  slab->give_back(data, granules_for(size));
  drop_empty_slabs();
}

bool secret_memory::locked() const noexcept {
  const std::lock_guard hold{mutex_};
  return all_locked_;
}

void secret_memory::touch() {
  const secret any{1};
}

secret_slab* secret_memory::slab_of(const std::uint8_t* data) noexcept {
  for (auto& slab : slabs_)
    if (slab->contains(data))
      return slab.get();
  return nullptr;
}

void secret_memory::drop_empty_slabs() noexcept {
  // The last one stays: programs that make and drop one secret at a time would map and lock for
  // each.
  while (slabs_.size() > 1 && slabs_.back()->empty())
    slabs_.pop_back();
}

} // namespace lepton::crypto
