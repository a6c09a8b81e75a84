#include "pipelines/expression/string_arena.hpp"

#include <algorithm>

namespace lepton::pipelines::expr {

namespace {
constexpr std::size_t least_block = std::size_t{64} << 10;
}

char* string_arena::allocate(std::size_t size) {
  if (size > max_string_bytes || total_ + size > max_arena_bytes)
    return nullptr;
  while (current_ >= blocks_.size() || used_ + size > blocks_[current_].size)
    if (next_block(size))
      break;
  char* place = blocks_[current_].bytes.get() + used_;
  used_ += size;
  total_ += size;
  return place;
}

/// Goes on to a block that is there or makes one with room for `size`; true if it made one.
bool string_arena::next_block(std::size_t size) {
  used_ = 0;
  if (current_ + 1 < blocks_.size()) {
    ++current_;
    return false;
  }
  const auto wanted = std::max(least_block, size);
  blocks_.push_back({std::make_unique<char[]>(wanted), wanted});
  current_ = blocks_.size() - 1;
  return true;
}

std::string_view string_arena::copy(std::string_view text) {
  char* to = allocate(text.size());
  if (!to)
    return {};
  std::copy(text.begin(), text.end(), to);
  return {to, text.size()};
}

void string_arena::reset() noexcept {
  current_ = used_ = total_ = 0;
  if (blocks_.size() > 16)
    blocks_.resize(16); // gives back what one unusual batch needed
}

} // namespace lepton::pipelines::expr
