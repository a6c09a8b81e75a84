#include "pipelines/state/aggregate_over.hpp"

#include "pipelines/state/event_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace lepton::pipelines {

namespace {

core::error invalid(std::string text) {
  return {core::errc::invalid_argument, std::move(text)};
}

bool is_text(const core::data_type& type) noexcept {
  return type.is_variable_size();
}

bool is_double(const core::data_type& type) noexcept {
  return type.id == core::type_id::float64 || type.id == core::type_id::float32;
}

std::string wrong(const rolling_feature& feature, const rolling_options& options) {
  if (feature.window_ms <= 0 || feature.window_ms > longest_span_ms)
    return "a window must be longer than 0 and at most 100 years";
  if (feature.value == rolling_feature::rows)
    return feature.kind == rolling_kind::count ? "" : "only count works without a column";
  if (feature.value >= options.values.size())
    return "a feature names a column that is not there";
  const auto& field = options.values[feature.value];
  if (is_text(field.type) && feature.kind != rolling_kind::count &&
      feature.kind != rolling_kind::distinct)
    return fmt::format("column '{}' holds text: only count and distinct work on it", field.name);
  return {};
}

/// Totals of one column over a stretch of events, with only the parts that are asked for.
template <class T, bool Sums, bool Extremes, bool Spread>
struct totals {
  std::uint64_t count = 0;
  std::conditional_t<std::is_same_v<T, double>, double_sum, integer_sum> sum;
  moments spread;
  extremes<T> ends;

  void add(T x) noexcept {
    ++count;
    if constexpr (Sums)
      sum.add(x);
    if constexpr (Extremes)
      ends.add(x);
    if constexpr (Spread)
      spread.add(static_cast<double>(x));
  }
  void merge(const stretch_summary<T>& part) noexcept {
    count += part.spread.count;
    if constexpr (Sums)
      sum.merge(part.sum);
    if constexpr (Extremes)
      ends.merge(part.ends);
    if constexpr (Spread)
      spread.merge(part.spread);
  }
};

double as_double(const double_sum& sum) noexcept {
  return sum.value();
}
double as_double(const integer_sum& sum) noexcept {
  return static_cast<double>(sum.value());
}

} // namespace

core::result<aggregate_over> aggregate_over::make(const key_layout& keys, rolling_options options) {
  if (options.features.empty())
    return invalid("aggregate_over needs at least one feature");
  if (options.values.size() > 8)
    return invalid("aggregate_over works on at most 8 columns");
  bool nulls = false;
  for (const auto& field : options.values) {
    if (field.type.id == core::type_id::float32_list)
      return invalid(fmt::format("column '{}' is a list", field.name));
    nulls = nulls || field.nullable;
  }
  std::vector<std::int64_t> windows;
  for (const auto& feature : options.features) {
    if (auto text = wrong(feature, options); !text.empty())
      return invalid(std::move(text));
    windows.push_back(feature.window_ms);
  }
  std::sort(windows.begin(), windows.end());
  windows.erase(std::unique(windows.begin(), windows.end()), windows.end());
  return aggregate_over{keys, std::move(options), std::move(windows), nulls};
}

table_layout aggregate_over::layout(const key_layout& keys, const rolling_options& options,
                                    std::int64_t longest) {
  std::string text;
  state_writer to{text};
  to.put(options.fingerprint);
  to.put(longest);
  for (const auto& field : options.values) {
    to.put(field.type.id);
    to.put(field.nullable);
  }
  return {keys.width(),     sizeof(rolling_state), {offsetof(rolling_state, log)}, 0, 0,
          stable_hash(text)};
}

aggregate_over::aggregate_over(const key_layout& keys, rolling_options options,
                               std::vector<std::int64_t> windows, bool nulls)
    : options_{std::move(options)}, windows_{std::move(windows)}, nulls_{nulls},
      table_{layout(keys, options_, windows_.back())},
      narrow_{options_.values.size(), sizeof(std::uint32_t), nulls},
      wide_{options_.values.size(), sizeof(std::int64_t), nulls} {
  plan();
}

void aggregate_over::plan() {
  columns_.resize(options_.values.size());
  row_counts_.resize(windows_.size());
  values_.resize(columns_.size());
  value_at_.resize(columns_.size());
  outputs_.resize(options_.features.size());
  starts_.resize(windows_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    columns_[c].is_double = is_double(options_.values[c].type);
    columns_[c].outputs.resize(windows_.size());
    is_double_.push_back(columns_[c].is_double);
  }
  for (std::size_t i = 0; i < options_.features.size(); ++i) {
    const auto& feature = options_.features[i];
    const auto window = static_cast<std::size_t>(
        std::lower_bound(windows_.begin(), windows_.end(), feature.window_ms) - windows_.begin());
    const bool all_rows =
        feature.value == rolling_feature::rows ||
        (feature.kind == rolling_kind::count && !options_.values[feature.value].nullable);
    if (all_rows) {
      row_counts_[window].push_back(i);
      continue;
    }
    auto& column = columns_[feature.value];
    column.outputs[window].push_back(i);
    switch (feature.kind) {
      case rolling_kind::sum:
      case rolling_kind::mean: column.sums = true; break;
      case rolling_kind::min:
      case rolling_kind::max: column.extremes = true; break;
      case rolling_kind::variance:
      case rolling_kind::stddev: column.spread = true; break;
      case rolling_kind::first:
      case rolling_kind::last: column.edges = true; break;
      case rolling_kind::distinct: column.distinct = true; break;
      case rolling_kind::count: column.sums = true; break;
    }
  }
}

core::data_type aggregate_over::output_type(std::size_t feature) const noexcept {
  using core::type_id;
  const auto& of = options_.features[feature];
  switch (of.kind) {
    case rolling_kind::count:
    case rolling_kind::distinct: return {type_id::int64, 0};
    case rolling_kind::mean:
    case rolling_kind::variance:
    case rolling_kind::stddev: return {type_id::float64, 0};
    default: break;
  }
  const auto& type = options_.values[of.value].type;
  if (is_double(type))
    return {type_id::float64, 0};
  const bool time = type.id == type_id::timestamp_ms && of.kind != rolling_kind::sum;
  return {time ? type_id::timestamp_ms : type_id::int64, 0};
}

std::size_t aggregate_over::bytes_per_key(std::size_t rows) const noexcept {
  return table_.entry_bytes() +
         blob_arena::capacity_for(narrow_.bytes_for(std::max<std::size_t>(rows, 2)));
}

void aggregate_over::load_column(const core::column& from, std::size_t rows, std::size_t column) {
  auto& to = values_[column];
  const auto each = [&](auto value_of) {
    for (std::size_t row = 0; row < rows; ++row)
      to[row] = std::bit_cast<std::uint64_t>(value_of(row));
  };
  switch (from.type.id) {
    case core::type_id::boolean:
      each([&](std::size_t row) {
        return std::int64_t{from.boolean_at(static_cast<std::int64_t>(row))};
      });
      break;
    case core::type_id::int32:
      each([at = from.as<std::int32_t>()](std::size_t row) { return std::int64_t{at[row]}; });
      break;
    case core::type_id::float32:
      each([at = from.as<float>()](std::size_t row) { return static_cast<double>(at[row]); });
      break;
    case core::type_id::string:
    case core::type_id::binary:
      each([&](std::size_t row) {
        return stable_hash(from.string_at(static_cast<std::int64_t>(row)));
      });
      break;
    default: break;
  }
  if (from.null_count != 0)
    for (std::size_t row = 0; row < rows; ++row)
      if (!from.valid(static_cast<std::int64_t>(row)))
        null_bits_[row] |= static_cast<std::uint8_t>(1u << column);
}

void aggregate_over::load_values(std::span<const core::column* const> values, std::size_t rows) {
  null_bits_.assign(rows, 0);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const auto& from = *values[c];
    if (from.type.value_size() == sizeof(std::uint64_t)) {
      value_at_[c] = from.values.as<std::uint64_t>();
    } else {
      values_[c].resize(rows);
      value_at_[c] = values_[c].data();
    }
    load_column(from, rows, c);
  }
}

void aggregate_over::open_outputs(std::size_t rows) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    auto& to = outputs_[i];
    to.column = core::make_ref<core::column>(output_type(i));
    to.column->resize_rows(static_cast<std::int64_t>(rows));
    to.integers = to.column->as_mutable<std::int64_t>().data();
    to.doubles = to.column->as_mutable<double>().data();
  }
}

void aggregate_over::write_null(std::size_t feature, std::size_t row) {
  outputs_[feature].integers[row] = 0;
  outputs_[feature].column->set_null(static_cast<std::int64_t>(row));
}

template <class T, bool Sums, bool Extremes, bool Spread, class Time>
void aggregate_over::evaluate_plain(const rolling_log<Time>& log, std::size_t column,
                                    std::uint32_t to, std::size_t row) {
  totals<T, Sums, Extremes, Spread> all;
  auto from = to;
  for (std::size_t window = 0; window < windows_.size(); ++window) {
    log.template gather<T>(column, from, starts_[window], all);
    from = starts_[window];
    for (const auto i : columns_[column].outputs[window]) {
      auto& out = outputs_[i];
      const auto put = [&](T value) {
        if constexpr (std::is_same_v<T, double>)
          out.doubles[row] = value;
        else
          out.integers[row] = value;
      };
      const auto kind = options_.features[i].kind;
      if (kind == rolling_kind::count) {
        out.integers[row] = static_cast<std::int64_t>(all.count);
        continue;
      }
      const bool spread = kind == rolling_kind::variance || kind == rolling_kind::stddev;
      if (all.count < (spread ? 2u : 1u)) {
        if (kind != rolling_kind::first && kind != rolling_kind::last &&
            kind != rolling_kind::distinct)
          write_null(i, row);
        continue;
      }
      switch (kind) {
        case rolling_kind::sum:
          if constexpr (std::is_same_v<T, double>)
            out.doubles[row] = all.sum.value();
          else if (all.sum.fits())
            out.integers[row] = static_cast<std::int64_t>(all.sum.value());
          else
            write_null(i, row);
          break;
        case rolling_kind::mean:
          out.doubles[row] = as_double(all.sum) / static_cast<double>(all.count);
          break;
        case rolling_kind::min: put(all.ends.smallest()); break;
        case rolling_kind::max: put(all.ends.largest()); break;
        case rolling_kind::variance: out.doubles[row] = all.spread.variance(); break;
        case rolling_kind::stddev: out.doubles[row] = std::sqrt(all.spread.variance()); break;
        default: break;
      }
    }
  }
}

template <class Time, class T>
void aggregate_over::evaluate_edges(const rolling_log<Time>& log, std::size_t column,
                                    std::uint32_t to, std::size_t row) {
  const auto has_value = [&](std::uint32_t at) {
    return log.flags() == nullptr || (log.flags()[at] >> column & 1) == 0;
  };
  for (std::size_t window = 0; window < windows_.size(); ++window)
    for (const auto i : columns_[column].outputs[window]) {
      const auto kind = options_.features[i].kind;
      if (kind != rolling_kind::first && kind != rolling_kind::last)
        continue;
      const bool first = kind == rolling_kind::first;
      auto low = starts_[window];
      auto high = to;
      while (low != high && !has_value(first ? low : high - 1))
        first ? ++low : --high;
      if (low == high)
        write_null(i, row);
      else
        outputs_[i].integers[row] =
            log.template values<std::int64_t>(column)[first ? low : high - 1];
    }
}

// A set of the values on the way from the newest event to the oldest: what it holds at the start of
// a window is the answer for that window. Values are compared as bits, with one zero and one NaN.
template <class Time>
void aggregate_over::evaluate_distinct(const rolling_log<Time>& log, std::size_t column,
                                       std::uint32_t to, std::size_t row) {
  const auto slots = std::bit_ceil(2 * (static_cast<std::size_t>(to - starts_.back()) + 1));
  constexpr std::uint64_t nothing = 0;
  seen_.assign(slots, nothing);
  const auto* at = log.template values<std::uint64_t>(column);
  std::int64_t different = 0;
  bool has_zero = false;
  auto from = to;
  for (std::size_t window = 0; window < windows_.size(); ++window) {
    for (; from != starts_[window]; --from) {
      if (log.flags() != nullptr && (log.flags()[from - 1] >> column & 1) != 0)
        continue;
      auto value = at[from - 1];
      if (columns_[column].is_double)
        value = canonical_bits(std::bit_cast<double>(value));
      if (value == nothing) {
        different += has_zero ? 0 : 1;
        has_zero = true;
        continue;
      }
      auto slot = stable_hash(value) & (slots - 1);
      while (seen_[slot] != nothing && seen_[slot] != value)
        slot = (slot + 1) & (slots - 1);
      different += seen_[slot] == nothing ? 1 : 0;
      seen_[slot] = value;
    }
    for (const auto i : columns_[column].outputs[window])
      if (options_.features[i].kind == rolling_kind::distinct)
        outputs_[i].integers[row] = different;
  }
}

template <class Time, class T>
void aggregate_over::evaluate(const rolling_log<Time>& log, std::size_t column, std::uint32_t to,
                              std::size_t row) {
  const auto& plan = columns_[column];
  switch ((plan.sums ? 1 : 0) | (plan.extremes ? 2 : 0) | (plan.spread ? 4 : 0)) {
    case 0: break;
    case 1: evaluate_plain<T, true, false, false>(log, column, to, row); break;
    case 2: evaluate_plain<T, false, true, false>(log, column, to, row); break;
    case 3: evaluate_plain<T, true, true, false>(log, column, to, row); break;
    default: evaluate_plain<T, true, true, true>(log, column, to, row); break;
  }
  if (plan.edges)
    evaluate_edges<Time, T>(log, column, to, row);
  if (plan.distinct)
    evaluate_distinct(log, column, to, row);
}

template <class Time>
void aggregate_over::add_to_log(std::size_t row, std::int64_t time, std::int64_t cut,
                                rolling_state& state) {
  const auto& geometry = sizeof(Time) == 4 ? narrow_ : wide_;
  rolling_log<Time> log{state, geometry, table_.blobs(), is_double_};
  log.expire(cut);
  if (!log.can_hold(time)) {
    widen(state, narrow_, wide_, table_.blobs(), is_double_);
    add_to_log<std::int64_t>(row, time, cut, state);
    return;
  }
  const auto place = log.insert(time, value_at_.data(), row, null_bits_[row]);
  const auto to = options_.exclude_current ? place : place + 1;
  auto from = to;
  for (std::size_t window = 0; window < windows_.size(); ++window) {
    from = log.first_after(time - windows_[window], from);
    starts_[window] = from;
    for (const auto i : row_counts_[window])
      outputs_[i].integers[row] = static_cast<std::int64_t>(to - from);
  }
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (columns_[column].is_double)
      evaluate<Time, double>(log, column, to, row);
    else
      evaluate<Time, std::int64_t>(log, column, to, row);
  }
}

void aggregate_over::prefetch_logs(std::size_t begin, std::size_t end) const noexcept {
  for (auto i = begin; i < end; ++i) {
    const auto& state = table_.as<rolling_state>(entries_[i]);
    if (state.log.handle == 0)
      continue;
    const auto* at = table_.blobs().at(state.log);
    const auto bytes = std::min<std::size_t>(state.log.size, 256);
    for (std::size_t line = 0; line < bytes; line += 64)
      __builtin_prefetch(at + line, 1);
  }
}

void aggregate_over::process(const batch_keys& keys, std::span<const std::int64_t> times,
                             std::span<const core::column* const> values, std::int64_t watermark_ms,
                             std::vector<core::column_ptr>& out, std::vector<std::int32_t>& late) {
  const auto rows = times.size();
  load_values(values, rows);
  open_outputs(rows);
  on_time_.clear();
  for (std::size_t row = 0; row < rows; ++row) {
    if (times[row] >= watermark_ms) {
      on_time_.push_back(static_cast<std::int32_t>(row));
      continue;
    }
    late.push_back(static_cast<std::int32_t>(row));
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      write_null(i, row);
  }
  entries_.resize(on_time_.size());
  table_.find_or_insert(keys, on_time_, 0, entries_);
  const auto watermark = bounded_time(watermark_ms);
  const auto cut = watermark - windows_.back();
  constexpr std::size_t block = 32;
  prefetch_logs(0, std::min(block, entries_.size()));
  for (std::size_t begin = 0; begin < entries_.size(); begin += block) {
    const auto end = std::min(begin + block, entries_.size());
    prefetch_logs(end, std::min(end + block, entries_.size()));
    for (auto i = begin; i < end; ++i) {
      const auto row = static_cast<std::size_t>(on_time_[i]);
      auto& state = table_.as<rolling_state>(entries_[i]);
      const auto time = bounded_time(times[row]);
      if (state.wide())
        add_to_log<std::int64_t>(row, time, cut, state);
      else
        add_to_log<std::uint32_t>(row, time, cut, state);
    }
  }
  table_.sweep(rows / 2 + 64, [&](entry_ref entry) {
    auto& state = table_.as<rolling_state>(entry);
    if (newest_time(state, wide_, table_.blobs()) <= cut)
      return true;
    if (table_.blobs().is_sparse(state.log))
      table_.blobs().relocate(state.log);
    return false;
  });
  for (auto& output : outputs_)
    out.push_back(std::move(output.column));
}

core::result<void> aggregate_over::finish_restore() {
  return table_.finish_restore([this](const std::byte* payload, const blob_arena& blobs) {
    rolling_state state;
    std::memcpy(&state, payload, sizeof state);
    return is_sound(state, narrow_, wide_, blobs);
  });
}

} // namespace lepton::pipelines
