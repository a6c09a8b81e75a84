#include "pipelines/state/aggregate.hpp"

#include "core/assert.hpp"
#include "pipelines/state/event_time.hpp"
#include "pipelines/state/running_sums.hpp"
#include "pipelines/state/sketches.hpp"
#include "pipelines/state/state_bytes.hpp"

#include <fmt/format.h>

#include <cmath>

namespace lepton::pipelines {

bool aggregate::is_sound(const std::byte*, const blob_arena&) const {
  return true;
}

namespace {

using core::type_id;

template <class T>
void put(core::column& out, std::int64_t row, T value) {
  out.as_mutable<T>()[static_cast<std::size_t>(row)] = value;
}

void put_null(core::column& out, std::int64_t row) {
  put<std::int64_t>(out, row, 0);
  out.set_null(row);
}

// States: all zero means no value yet. `write` is called only for those with a value.

template <class T>
struct sum_state {
  std::uint64_t count;
  std::conditional_t<std::is_same_v<T, double>, double_sum, integer_sum> sum;

  void add(T x, std::int64_t) noexcept {
    ++count;
    sum.add(x);
  }
  void merge(const sum_state& other) noexcept {
    count += other.count;
    sum.merge(other.sum);
  }
  void write(core::column& out, std::int64_t row) const {
    if constexpr (std::is_same_v<T, double>)
      put(out, row, sum.value());
    else if (sum.fits())
      put(out, row, static_cast<std::int64_t>(sum.value()));
    else
      put_null(out, row);
  }
};

template <class T>
struct mean_state : sum_state<T> {
  void write(core::column& out, std::int64_t row) const {
    put(out, row, static_cast<double>(this->sum.value()) / static_cast<double>(this->count));
  }
};

template <class T, bool Largest>
struct extreme_state {
  std::uint64_t count;
  extremes<T> ends;

  void add(T x, std::int64_t) noexcept {
    if (count++ == 0)
      ends = {};
    ends.add(x);
  }
  void merge(const extreme_state& other) noexcept {
    if (count == 0)
      ends = {};
    if (other.count != 0)
      ends.merge(other.ends);
    count += other.count;
  }
  void write(core::column& out, std::int64_t row) const {
    put(out, row, Largest ? ends.largest() : ends.smallest());
  }
};

template <class T, bool Root>
struct spread_state : moments {
  void add(T x, std::int64_t) noexcept { moments::add(static_cast<double>(x)); }
  void merge(const spread_state& other) noexcept { moments::merge(other); }
  void write(core::column& out, std::int64_t row) const {
    if (count < 2)
      put_null(out, row);
    else
      put(out, row, Root ? std::sqrt(variance()) : variance());
  }
};

template <class T, bool Last>
struct edge_state {
  std::uint64_t count;
  std::int64_t time;
  T value;

  void add(T x, std::int64_t at) noexcept {
    if (count++ == 0 || (Last ? at >= time : at < time)) {
      time = at;
      value = x;
    }
  }
  void merge(const edge_state& other) noexcept {
    if (other.count == 0)
      return;
    const auto both = count + other.count;
    add(other.value, other.time);
    count = both;
  }
  void write(core::column& out, std::int64_t row) const { put(out, row, value); }
};

/// Calls `each(i, row, value)` for the values that are not null, as T; one loop for each type.
template <class T, class Each>
void for_values(const core::column& values, std::span<const std::int32_t> rows, Each each) {
  const auto run = [&](auto value_of) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (values.valid(rows[i]))
        each(i, rows[i], static_cast<T>(value_of(static_cast<std::size_t>(rows[i]))));
  };
  switch (values.type.id) {
    case type_id::boolean:
      run([&](std::size_t row) { return values.boolean_at(static_cast<std::int64_t>(row)); });
      break;
    case type_id::int32: run([at = values.as<std::int32_t>()](auto row) { return at[row]; }); break;
    case type_id::float32: run([at = values.as<float>()](auto row) { return at[row]; }); break;
    case type_id::float64: run([at = values.as<double>()](auto row) { return at[row]; }); break;
    default: run([at = values.as<std::int64_t>()](auto row) { return at[row]; }); break;
  }
}

template <class T, class State>
class plain_aggregate final : public aggregate {
public:
  explicit plain_aggregate(core::data_type output) : output_{output} {}
  core::data_type output_type() const override { return output_; }
  std::size_t size() const override { return sizeof(State); }
  void add(std::span<std::byte* const> states, blob_arena&, const core::column* values,
           std::span<const std::int32_t> rows, std::span<const std::int64_t> times) const override {
    for_values<T>(*values, rows, [&](std::size_t i, std::int32_t row, T value) {
      reinterpret_cast<State*>(states[i])->add(value, times[static_cast<std::size_t>(row)]);
    });
  }
  void merge(std::byte* to, blob_arena&, const std::byte* from, const blob_arena&) const override {
    reinterpret_cast<State*>(to)->merge(*reinterpret_cast<const State*>(from));
  }
  void write(const std::byte* state, const blob_arena&, core::column& out,
             std::int64_t row) const override {
    const auto& of = *reinterpret_cast<const State*>(state);
    of.count == 0 ? put_null(out, row) : of.write(out, row);
  }

private:
  core::data_type output_;
};

class count_aggregate final : public aggregate {
public:
  core::data_type output_type() const override { return {type_id::int64, 0}; }
  std::size_t size() const override { return sizeof(std::int64_t); }
  void add(std::span<std::byte* const> states, blob_arena&, const core::column* values,
           std::span<const std::int32_t> rows, std::span<const std::int64_t>) const override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      *reinterpret_cast<std::int64_t*>(states[i]) +=
          values == nullptr || values->valid(rows[i]) ? 1 : 0;
  }
  void merge(std::byte* to, blob_arena&, const std::byte* from, const blob_arena&) const override {
    *reinterpret_cast<std::int64_t*>(to) += *reinterpret_cast<const std::int64_t*>(from);
  }
  void write(const std::byte* state, const blob_arena&, core::column& out,
             std::int64_t row) const override {
    put(out, row, *reinterpret_cast<const std::int64_t*>(state));
  }
};

/// Common to the sketches: a state with a blob at its start.
template <class Sketch>
class sketch_aggregate : public aggregate {
public:
  std::size_t size() const override { return (sizeof(Sketch) + 7) / 8 * 8; }
  std::size_t blob_at() const override { return offsetof(Sketch, blob); }

protected:
  static Sketch& at(std::byte* state) { return *reinterpret_cast<Sketch*>(state); }
  static const Sketch& at(const std::byte* state) {
    return *reinterpret_cast<const Sketch*>(state);
  }
};

/// Calls `each(i, hash, text)`; a number's text is made only if `Text`.
template <bool Text, class Each>
void for_hashes(const core::column& values, std::span<const std::int32_t> rows, Each each) {
  if (values.type.is_variable_size()) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (values.valid(rows[i])) {
        const auto text = values.string_at(rows[i]);
        each(i, stable_hash(text), text);
      }
    return;
  }
  const auto number = [&](std::size_t i, std::uint64_t bits, auto value) {
    if constexpr (Text) {
      fmt::basic_memory_buffer<char, 32> text;
      fmt::format_to(std::back_inserter(text), "{}", value);
      each(i, stable_hash(bits), std::string_view{text.data(), text.size()});
    } else {
      each(i, stable_hash(bits), std::string_view{});
    }
  };
  if (values.type.id == type_id::float64 || values.type.id == type_id::float32)
    for_values<double>(values, rows, [&](std::size_t i, std::int32_t, double value) {
      number(i, canonical_bits(value), value == 0 ? 0.0 : value);
    });
  else
    for_values<std::int64_t>(values, rows, [&](std::size_t i, std::int32_t, std::int64_t value) {
      number(i, static_cast<std::uint64_t>(value), value);
    });
}

class distinct_aggregate final : public sketch_aggregate<distinct_sketch> {
public:
  core::data_type output_type() const override { return {type_id::int64, 0}; }
  void add(std::span<std::byte* const> states, blob_arena& blobs, const core::column* values,
           std::span<const std::int32_t> rows, std::span<const std::int64_t>) const override {
    for_hashes<false>(*values, rows, [&](std::size_t i, std::uint64_t hash, std::string_view) {
      at(states[i]).add(hash, blobs);
    });
  }
  void merge(std::byte* to, blob_arena& to_blobs, const std::byte* from,
             const blob_arena& from_blobs) const override {
    at(to).merge(at(from), from_blobs, to_blobs);
  }
  void write(const std::byte* state, const blob_arena& blobs, core::column& out,
             std::int64_t row) const override {
    put(out, row, at(state).estimate(blobs));
  }
  bool is_sound(const std::byte* state, const blob_arena&) const override {
    return at(state).is_sound();
  }
};

class quantile_aggregate final : public sketch_aggregate<quantile_sketch> {
public:
  explicit quantile_aggregate(double q) : q_{q} {}
  core::data_type output_type() const override { return {type_id::float64, 0}; }
  void add(std::span<std::byte* const> states, blob_arena& blobs, const core::column* values,
           std::span<const std::int32_t> rows, std::span<const std::int64_t>) const override {
    for_values<double>(*values, rows, [&](std::size_t i, std::int32_t, double value) {
      if (!std::isnan(value))
        at(states[i]).add(value, blobs);
    });
  }
  void merge(std::byte* to, blob_arena& to_blobs, const std::byte* from,
             const blob_arena& from_blobs) const override {
    at(to).merge(at(from), from_blobs, to_blobs);
  }
  void write(const std::byte* state, const blob_arena& blobs, core::column& out,
             std::int64_t row) const override {
    if (at(state).buckets == 0)
      put_null(out, row);
    else
      put(out, row, at(state).quantile(q_, blobs));
  }
  bool is_sound(const std::byte* state, const blob_arena&) const override {
    return at(state).is_sound();
  }

private:
  double q_;
};

class top_aggregate final : public sketch_aggregate<top_sketch> {
public:
  top_aggregate(std::size_t k, bool quoted) : k_{k}, quoted_{quoted} {}
  core::data_type output_type() const override { return {type_id::string, 0}; }
  void add(std::span<std::byte* const> states, blob_arena& blobs, const core::column* values,
           std::span<const std::int32_t> rows, std::span<const std::int64_t>) const override {
    for_hashes<true>(*values, rows, [&](std::size_t i, std::uint64_t hash, std::string_view text) {
      at(states[i]).add(hash, text, k_, blobs);
    });
  }
  void merge(std::byte* to, blob_arena& to_blobs, const std::byte* from,
             const blob_arena& from_blobs) const override {
    at(to).merge(at(from), from_blobs, k_, to_blobs);
  }
  void write(const std::byte* state, const blob_arena& blobs, core::column& out,
             std::int64_t) const override {
    out.append_string(at(state).text(k_, quoted_, blobs));
  }
  bool is_sound(const std::byte* state, const blob_arena& blobs) const override {
    return at(state).is_sound(k_, blobs);
  }

private:
  std::size_t k_;
  bool quoted_;
};

template <class T>
std::unique_ptr<aggregate> make_plain(aggregate_kind kind, core::data_type value) {
  const core::data_type real{type_id::float64, 0};
  const core::data_type whole{type_id::int64, 0};
  const auto sum = std::is_same_v<T, double> ? real : whole;
  const auto same = value.id == type_id::timestamp_ms ? value : sum;
  switch (kind) {
    case aggregate_kind::sum: return std::make_unique<plain_aggregate<T, sum_state<T>>>(sum);
    case aggregate_kind::mean: return std::make_unique<plain_aggregate<T, mean_state<T>>>(real);
    case aggregate_kind::min:
      return std::make_unique<plain_aggregate<T, extreme_state<T, false>>>(same);
    case aggregate_kind::max:
      return std::make_unique<plain_aggregate<T, extreme_state<T, true>>>(same);
    case aggregate_kind::variance:
      return std::make_unique<plain_aggregate<T, spread_state<T, false>>>(real);
    case aggregate_kind::stddev:
      return std::make_unique<plain_aggregate<T, spread_state<T, true>>>(real);
    case aggregate_kind::first:
      return std::make_unique<plain_aggregate<T, edge_state<T, false>>>(same);
    case aggregate_kind::last:
      return std::make_unique<plain_aggregate<T, edge_state<T, true>>>(same);
    default: return nullptr;
  }
}

core::error invalid(const char* text) {
  return {core::errc::invalid_argument, text};
}

} // namespace

core::result<std::unique_ptr<aggregate>> make_aggregate(const aggregate_spec& spec,
                                                        const core::data_type* type) {
  using made = std::unique_ptr<aggregate>;
  if (spec.kind == aggregate_kind::count)
    return made{std::make_unique<count_aggregate>()};
  if (type == nullptr)
    return invalid("only count works without a column");
  if (type->id == type_id::float32_list)
    return invalid("no aggregate works on lists");
  if (spec.kind == aggregate_kind::distinct)
    return made{std::make_unique<distinct_aggregate>()};
  if (spec.kind == aggregate_kind::top_k) {
    if (!(spec.argument >= 1 && spec.argument <= 100))
      return invalid("top_k wants a number from 1 to 100");
    return made{std::make_unique<top_aggregate>(static_cast<std::size_t>(spec.argument),
                                                type->is_variable_size())};
  }
  if (type->is_variable_size())
    return invalid("of text only count, distinct and top_k are computed");
  if (spec.kind == aggregate_kind::quantile) {
    if (!(spec.argument >= 0 && spec.argument <= 1))
      return invalid("a quantile lies between 0 and 1");
    return made{std::make_unique<quantile_aggregate>(spec.argument)};
  }
  const bool real = type->id == type_id::float64 || type->id == type_id::float32;
  return real ? make_plain<double>(spec.kind, *type) : make_plain<std::int64_t>(spec.kind, *type);
}

core::result<aggregate_set> aggregate_set::make(std::vector<aggregate_spec> specs,
                                                const std::vector<core::field>& values,
                                                std::size_t header) {
  aggregate_set out;
  out.size_ = (header + 7) / 8 * 8;
  std::string text;
  state_writer to{text};
  for (const auto& spec : specs) {
    const bool has_column = spec.value != aggregate_spec::rows;
    if (has_column && spec.value >= values.size())
      return invalid("an aggregate names a column that is not there");
    auto part = make_aggregate(spec, has_column ? &values[spec.value].type : nullptr);
    if (!part)
      return part.error();
    to.put(spec.kind);
    to.put(spec.argument);
    to.put(has_column ? values[spec.value].type.id : type_id::int64);
    out.at_.push_back(out.size_);
    if ((*part)->blob_at() != aggregate::no_blob)
      out.blobs_.push_back(out.size_ + (*part)->blob_at());
    out.size_ += (*part)->size();
    out.parts_.push_back(std::move(*part));
  }
  out.specs_ = std::move(specs);
  out.fingerprint_ = stable_hash(text);
  return out;
}

void aggregate_set::add(std::span<std::byte*> payloads, blob_arena& blobs,
                        std::span<const core::column* const> values,
                        std::span<const std::int32_t> rows,
                        std::span<const std::int64_t> times) const {
  std::size_t before = 0;
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    for (auto& payload : payloads)
      payload += at_[part] - before;
    before = at_[part];
    const auto* column =
        specs_[part].value == aggregate_spec::rows ? nullptr : values[specs_[part].value];
    parts_[part]->add(payloads, blobs, column, rows, times);
  }
}

void aggregate_set::merge(std::byte* to, blob_arena& to_blobs, const std::byte* from,
                          const blob_arena& from_blobs) const {
  for (std::size_t part = 0; part < parts_.size(); ++part)
    parts_[part]->merge(to + at_[part], to_blobs, from + at_[part], from_blobs);
}

std::vector<core::ref_ptr<core::column>> aggregate_set::columns(std::int64_t rows) const {
  std::vector<core::ref_ptr<core::column>> out;
  for (const auto& part : parts_) {
    out.push_back(core::make_ref<core::column>(part->output_type()));
    if (!part->output_type().is_variable_size())
      out.back()->resize_rows(rows);
  }
  return out;
}

void aggregate_set::write(const std::byte* payload, const blob_arena& blobs,
                          std::span<const core::ref_ptr<core::column>> out,
                          std::int64_t row) const {
  for (std::size_t part = 0; part < parts_.size(); ++part)
    parts_[part]->write(payload + at_[part], blobs, *out[part], row);
}

void aggregate_set::release(std::byte* payload, blob_arena& blobs) const noexcept {
  for (const auto offset : blobs_)
    blobs.release(*reinterpret_cast<blob_ref*>(payload + offset));
}

bool aggregate_set::is_sound(const std::byte* payload, const blob_arena& blobs) const {
  for (std::size_t part = 0; part < parts_.size(); ++part)
    if (!parts_[part]->is_sound(payload + at_[part], blobs))
      return false;
  return true;
}

} // namespace lepton::pipelines
