#pragma once

#include "core/batch.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// Number of parts that keyed state is cut into; a part moves between workers as a whole.
inline constexpr std::size_t key_groups = 256;

/// The part that a key with this hash belongs to.
constexpr std::size_t key_group(std::uint64_t hash) noexcept {
  return hash >> 56;
}

/// The hash that a key has in `batch_keys`. The last `suffix` bytes (0 or 8) do not change its
/// group.
std::uint64_t hash_of_key(std::string_view key, std::size_t suffix = 0) noexcept;

/// The keys of one batch as bytes, with their hashes. Filled by `key_layout::encode`; may point
/// into the columns it was made from, which must outlive it. Reused from batch to batch.
class batch_keys {
public:
  std::size_t size() const noexcept { return hashes_.size(); }
  std::uint64_t hash(std::size_t row) const noexcept { return hashes_[row]; }
  std::span<const std::uint64_t> hashes() const noexcept { return hashes_; }
  std::string_view key(std::size_t row) const noexcept {
    if (width_ != 0)
      return {data_ + row * width_, width_};
    const auto begin = static_cast<std::size_t>(offsets_[row]);
    return {data_ + begin, static_cast<std::size_t>(offsets_[row + 1]) - begin};
  }
  /// Makes these the keys of some rows of `of`, each followed by eight bytes.
  void compose(const batch_keys& of, std::span<const std::int32_t> rows,
               std::span<const std::int64_t> suffixes);
  /// Bytes of each key; 0 if they differ.
  std::size_t width() const noexcept { return width_; }

private:
  friend class key_layout;

  std::size_t width_ = 0;
  const char* data_ = nullptr;
  const std::int32_t* offsets_ = nullptr;
  std::vector<std::uint64_t> hashes_;
  std::string bytes_;
  std::vector<std::int32_t> own_offsets_;
};

/// How the columns of a key become bytes: equal keys have equal bytes. -0.0 is 0.0, and all NaNs
/// are one key; a null equals a null. Does not say which rows belong together beyond that.
class key_layout {
public:
  /// At least one field, no lists above 64 values.
  static core::result<key_layout> make(std::vector<core::field> fields);

  /// The same for whole rows that are kept: every value stays as it is, lists may be long.
  static key_layout of_rows(std::vector<core::field> fields);

  const std::vector<core::field>& fields() const noexcept { return fields_; }
  /// Bytes of a key; 0 if it holds a string or binary column.
  std::size_t width() const noexcept { return width_; }

  /// One key a row. `columns` are those of `fields()`, with at least `rows` rows.
  void encode(std::span<const core::column* const> columns, std::int64_t rows,
              batch_keys& out) const;
  /// The same from a batch, whose columns `indices` are those of `fields()`.
  void encode(const core::batch& rows, std::span<const std::size_t> indices, batch_keys& out) const;

  /// The columns that the keys were made from. Keys must be this layout's.
  std::vector<core::column_ptr> decode(std::span<const std::string_view> keys) const;
  /// True if `key` could have come from `encode`.
  bool fits(std::string_view key) const noexcept;

private:
  void append(const core::column& column, const core::field& field, std::int64_t row,
              std::string& out) const;

  std::vector<core::field> fields_;
  std::size_t width_ = 0;
  bool canonical_ = true;
};

} // namespace lepton::pipelines
