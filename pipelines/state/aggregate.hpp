#pragma once

#include "core/column.hpp"
#include "core/result.hpp"
#include "pipelines/state/blob_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lepton::pipelines {

/// What is computed over the rows of a window. Nulls are left out of all but a count of rows.
enum class aggregate_kind : std::uint8_t {
  count,    ///< int64
  sum,      ///< int64, exact, null outside its range; float64, compensated
  min,      ///< the type of the values; a NaN only if there is nothing else
  max,      ///< as min
  mean,     ///< float64
  variance, ///< float64, of a sample (n - 1); null below two values
  stddev,   ///< float64, root of the variance
  first,    ///< value of the smallest event time; of equal times the one that came first
  last,     ///< value of the largest event time; of equal times the one that came last
  distinct, ///< int64, approximate: exact up to 64 values, then a standard error of 1.6 %
  quantile, ///< float64, approximate: within 1 % of the value at that rank
  top_k,    ///< string, approximate: [{"value":..,"count":..,"error":..},..], most frequent first
};

/// State of one aggregate for one key or window: a fixed number of bytes, all zero at first, with
/// at most one blob. `add` works on whole batches; two states of disjoint rows merge. Does not keep
/// the bytes: they lie in a `keyed_table`, or wherever the caller wants.
class aggregate {
public:
  static constexpr std::size_t no_blob = static_cast<std::size_t>(-1);

  virtual ~aggregate() = default;

  virtual core::data_type output_type() const = 0;
  /// Bytes of a state, a multiple of 8.
  virtual std::size_t size() const = 0;
  /// Where in the state its `blob_ref` lies.
  virtual std::size_t blob_at() const { return no_blob; }
  /// Adds the value of row `rows[i]`, at event time `times[rows[i]]`, to `states[i]`. A state may
  /// occur several times. `values` is null only for a count of rows.
  virtual void add(std::span<std::byte* const> states, blob_arena& blobs,
                   const core::column* values, std::span<const std::int32_t> rows,
                   std::span<const std::int64_t> times) const = 0;
  /// Adds the rows of `from` to `to`, as if they came later.
  virtual void merge(std::byte* to, blob_arena& to_blobs, const std::byte* from,
                     const blob_arena& from_blobs) const = 0;
  /// Writes the result as row `row` of `out`, a column of `output_type()`: string columns are
  /// appended to in order of rows, others have room.
  virtual void write(const std::byte* state, const blob_arena& blobs, core::column& out,
                     std::int64_t row) const = 0;
  /// True if a restored state can be worked on.
  virtual bool is_sound(const std::byte* state, const blob_arena& blobs) const;
};

struct aggregate_spec {
  static constexpr std::size_t rows = static_cast<std::size_t>(-1);

  aggregate_kind kind = aggregate_kind::count;
  std::size_t value = rows; ///< index of a value column; `rows` for count(*)
  double argument = 0;      ///< quantile: 0 to 1; top_k: how many, 1 to 100
};

/// `type` is that of the values; null for a count of rows.
core::result<std::unique_ptr<aggregate>> make_aggregate(const aggregate_spec& spec,
                                                        const core::data_type* type);

/// Several aggregates in one payload, behind `header` bytes of the owner's.
class aggregate_set {
public:
  static core::result<aggregate_set> make(std::vector<aggregate_spec> specs,
                                          const std::vector<core::field>& values,
                                          std::size_t header);

  std::size_t payload_size() const noexcept { return size_; }
  /// Where in the payload blobs lie, for `table_layout::blobs`.
  const std::vector<std::size_t>& blobs() const noexcept { return blobs_; }
  std::size_t size() const noexcept { return parts_.size(); }
  core::data_type output_type(std::size_t i) const { return parts_[i]->output_type(); }

  /// `payloads[i]` is for row `rows[i]`; changed meanwhile.
  void add(std::span<std::byte*> payloads, blob_arena& blobs,
           std::span<const core::column* const> values, std::span<const std::int32_t> rows,
           std::span<const std::int64_t> times) const;
  void merge(std::byte* to, blob_arena& to_blobs, const std::byte* from,
             const blob_arena& from_blobs) const;
  /// New columns for `rows` results, to be written one by one.
  std::vector<core::ref_ptr<core::column>> columns(std::int64_t rows) const;
  void write(const std::byte* payload, const blob_arena& blobs,
             std::span<const core::ref_ptr<core::column>> out, std::int64_t row) const;
  /// Gives the blobs of a payload back.
  void release(std::byte* payload, blob_arena& blobs) const noexcept;
  bool is_sound(const std::byte* payload, const blob_arena& blobs) const;
  /// Differs between sets whose states do not fit each other.
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

private:
  std::vector<aggregate_spec> specs_;
  std::vector<std::unique_ptr<aggregate>> parts_;
  std::vector<std::size_t> at_;
  std::vector<std::size_t> blobs_;
  std::size_t size_ = 0;
  std::uint64_t fingerprint_ = 0;
};

} // namespace lepton::pipelines
