#include "crypto/envelope/process_mark.hpp"

#include "core/assert.hpp"
#include "crypto/secret.hpp"

#include <atomic>
#include <new>

#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>

namespace lepton::crypto {

namespace {

using mark = std::atomic<std::uint64_t>;

std::atomic<mark*> marks{nullptr};

/// A page that the kernel hands to a child as zeros, also where no handler of pthread_atfork runs
/// (a bare clone). Kernels before 4.14 have no such pages: there the handler has to do.
mark* make_page() {
  start_sodium();
  void* const page =
      mmap(nullptr, sizeof(mark), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LEPTON_ASSERT(page != MAP_FAILED);
  auto* const made = new (page) mark{0};
  if (madvise(page, sizeof(mark), MADV_WIPEONFORK) != 0)
    pthread_atfork(nullptr, nullptr, [] {
      if (auto* const at = marks.load())
        at->store(0);
    });
  marks.store(made);
  return made;
}

std::uint64_t draw(mark& into) noexcept {
  std::uint64_t drawn = 0;
  while (drawn == 0)
    randombytes_buf(&drawn, sizeof drawn);
  std::uint64_t expected = 0;
  return into.compare_exchange_strong(expected, drawn) ? drawn : expected;
}

} // namespace

std::uint64_t process_mark() noexcept {
  static mark* const page = make_page();
  const auto now = page->load(std::memory_order_relaxed);
  return now != 0 ? now : draw(*page);
}

} // namespace lepton::crypto
