#pragma once

#include "pipelines/state/blob_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lepton::pipelines {

/// Number of different values, from their 64-bit hashes. Exact up to 64 (the hashes themselves are
/// kept, 512 bytes), then 4096 registers of a byte: HyperLogLog (Flajolet et al., 2007) with the
/// estimator of Ertl, 2017; standard error 1.04 / 64 = 1.6 % at any size.
struct distinct_sketch {
  blob_ref blob;
  std::uint32_t count = 0; ///< hashes kept; `dense` when the blob holds registers

  static constexpr std::uint32_t dense = 0xffffffff;

  void add(std::uint64_t hash, blob_arena& blobs);
  void merge(const distinct_sketch& other, const blob_arena& other_blobs, blob_arena& blobs);
  std::int64_t estimate(const blob_arena& blobs) const;
  bool is_sound() const noexcept;

private:
  void make_dense(blob_arena& blobs);
};

/// Quantiles to a relative error of 1 %: counts in buckets whose borders grow by a factor, sorted.
/// DDSketch (Masson, Rim and Lee, 2019). Beyond 2048 buckets (values over 17 decades) those nearest
/// to the low end merge, and only quantiles there lose precision. NaNs are left out, infinities
/// count as the largest numbers.
struct quantile_sketch {
  blob_ref blob;
  std::uint32_t buckets = 0;

  static constexpr double relative_error = 0.01;

  void add(double value, blob_arena& blobs) { add(bucket_of(value), 1, blobs); }
  void merge(const quantile_sketch& other, const blob_arena& other_blobs, blob_arena& blobs);
  /// Of at least one value; `q` from 0 to 1, rank q * (n - 1) rounded down.
  double quantile(double q, const blob_arena& blobs) const;
  bool is_sound() const noexcept;

private:
  struct bucket {
    std::int32_t number;
    std::uint32_t count;
  };
  static std::int32_t bucket_of(double value) noexcept;
  static double value_of(std::int32_t number) noexcept;
  void add(std::int32_t number, std::uint32_t count, blob_arena& blobs);
};

/// The most frequent values with counters for four times as many as are asked for (32 at least).
/// Space-Saving (Metwally, Agrawal and El Abbadi, 2005): a count is too high by at most its
/// `error`, which is at most rows / counters; every value with more rows than that is in. Values
/// are told apart by 64 bits of hash; of longer texts the first 39 bytes are shown.
struct top_sketch {
  blob_ref blob;
  std::uint32_t used = 0;

  static std::size_t counters(std::size_t k) noexcept { return k * 4 < 32 ? 32 : k * 4; }

  void add(std::uint64_t hash, std::string_view text, std::size_t k, blob_arena& blobs);
  void merge(const top_sketch& other, const blob_arena& other_blobs, std::size_t k,
             blob_arena& blobs);
  /// [{"value":"a","count":5,"error":0},...], at most `k`, by count, then text.
  std::string text(std::size_t k, bool quoted, const blob_arena& blobs) const;
  bool is_sound(std::size_t k, const blob_arena& blobs) const noexcept;

private:
  struct counter {
    std::uint64_t hash;
    std::uint32_t count;
    std::uint32_t error;
    std::uint8_t size;
    char text[39];
  };
  static_assert(sizeof(counter) == 56);
  counter* find(std::uint64_t hash, blob_arena& blobs) noexcept;
};

} // namespace lepton::pipelines
