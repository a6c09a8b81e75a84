#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace lepton::pipelines::expr {

/// Longest string that an expression may make, and bytes of all strings made for one chunk.
inline constexpr std::size_t max_string_bytes = std::size_t{1} << 20;
inline constexpr std::size_t max_arena_bytes = std::size_t{64} << 20;

/// Memory for the strings made while one chunk is evaluated; kept for the next one. Blocks never
/// move. Not thread-safe.
class string_arena {
public:
  /// Room for `size` bytes until `reset`; a null pointer beyond the limits above.
  char* allocate(std::size_t size);
  /// Copies `text`; a view without data beyond the limits.
  std::string_view copy(std::string_view text);
  void reset() noexcept;

private:
  struct block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  bool next_block(std::size_t size);

  std::vector<block> blocks_;
  std::size_t current_ = 0; ///< block in use, if any
  std::size_t used_ = 0;    ///< of the block in use
  std::size_t total_ = 0;   ///< given out since `reset`
};

} // namespace lepton::pipelines::expr
