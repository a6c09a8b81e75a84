#pragma once

#include "core/column.hpp"
#include "core/result.hpp"
#include "pipelines/state/blob_arena.hpp"
#include "pipelines/state/key_layout.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// Puts rows into the order of their event times: holds each row until the watermark reaches its
/// time, then hands it out; rows of equal time stay in the order of arrival. Late rows (below the
/// watermark when they come) are left to the caller. Holds rows as bytes: about their size and 28.
class sort_within {
public:
  explicit sort_within(std::vector<core::field> fields);

  /// `columns` are those of the fields.
  void add(std::span<const core::column* const> columns, std::span<const std::int64_t> times,
           std::int64_t watermark_ms, std::vector<std::int32_t>& late);
  /// Up to `most` rows that are due (time <= watermark), as new columns; how many there are.
  std::size_t take(std::int64_t watermark_ms, std::size_t most,
                   std::vector<core::column_ptr>& columns, std::vector<std::int64_t>& times);

  std::size_t size() const noexcept { return heap_.size(); }
  std::size_t bytes_used() const noexcept {
    return rows_.bytes_held() + heap_.capacity() * sizeof(place);
  }
  std::string save() const;
  core::result<void> restore(std::string_view bytes);

private:
  struct place {
    std::int64_t time;
    std::uint64_t arrival;
    blob_ref row;
  };
  static bool later(const place& a, const place& b) noexcept {
    return a.time != b.time ? a.time > b.time : a.arrival > b.arrival;
  }
  void push(std::int64_t time, std::uint64_t arrival, std::string_view row);
  std::string_view bytes(const place& at) const;

  key_layout layout_;
  std::vector<place> heap_; ///< earliest first
  blob_arena rows_;
  std::uint64_t arrivals_ = 0;
  batch_keys encoded_;
};

} // namespace lepton::pipelines
