#include "pipelines/state/sketches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>

namespace lepton::pipelines {

namespace {

constexpr std::uint32_t most_hashes = 64;
constexpr int precision = 12;
constexpr std::size_t registers = std::size_t{1} << precision;
constexpr int highest_rank = 64 - precision + 1;

/// Makes room for `bytes`, keeps what is there, sets new bytes to zero and `size` to `bytes`.
std::byte* grow(blob_ref& blob, std::size_t bytes, blob_arena& blobs) {
  if (bytes > blob_arena::capacity(blob)) {
    const auto bigger = blobs.allocate(bytes);
    if (blob.size != 0)
      std::memcpy(blobs.at(bigger), blobs.at(blob), blob.size);
    std::memset(blobs.at(bigger) + blob.size, 0, bytes - blob.size);
    blobs.release(blob);
    blob = bigger;
  } else if (bytes > blob.size) {
    std::memset(blobs.at(blob) + blob.size, 0, bytes - blob.size);
    blob.size = static_cast<std::uint32_t>(bytes);
  }
  return blobs.at(blob);
}

void put_register(std::uint8_t* at, std::uint64_t hash) noexcept {
  const auto index = hash >> (64 - precision);
  const auto rest = hash << precision;
  const int rank = rest == 0 ? highest_rank : std::countl_zero(rest) + 1;
  at[index] = std::max(at[index], static_cast<std::uint8_t>(rank));
}

double sigma(double x) noexcept {
  if (x == 1)
    return std::numeric_limits<double>::infinity();
  double y = 1;
  double z = x;
  for (double before = -1; before != z;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

double tau(double x) noexcept {
  if (x == 0 || x == 1)
    return 0;
  double y = 1;
  double z = 1 - x;
  for (double before = -1; before != z;) {
    x = std::sqrt(x);
    before = z;
    y /= 2;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

} // namespace

void distinct_sketch::add(std::uint64_t hash, blob_arena& blobs) {
  if (count == dense) {
    put_register(reinterpret_cast<std::uint8_t*>(blobs.at(blob)), hash);
    return;
  }
  if (count != 0) {
    const auto* at = reinterpret_cast<const std::uint64_t*>(blobs.at(blob));
    if (std::find(at, at + count, hash) != at + count)
      return;
  }
  if (count == most_hashes) {
    make_dense(blobs);
    add(hash, blobs);
    return;
  }
  auto* at = grow(blob, (count + 1) * sizeof hash, blobs);
  std::memcpy(at + count * sizeof hash, &hash, sizeof hash);
  ++count;
}

void distinct_sketch::make_dense(blob_arena& blobs) {
  distinct_sketch out;
  out.count = dense;
  auto* to = reinterpret_cast<std::uint8_t*>(grow(out.blob, registers, blobs));
  const auto* from = reinterpret_cast<const std::uint64_t*>(blobs.at(blob));
  for (std::uint32_t i = 0; i < count; ++i)
    put_register(to, from[i]);
  blobs.release(blob);
  *this = out;
}

void distinct_sketch::merge(const distinct_sketch& other, const blob_arena& other_blobs,
                            blob_arena& blobs) {
  if (other.count == 0)
    return;
  if (other.count != dense) {
    // A copy: the blob may move when both lie in one arena.
    const auto* at = reinterpret_cast<const std::uint64_t*>(other_blobs.at(other.blob));
    for (const auto hash : std::vector<std::uint64_t>(at, at + other.count))
      add(hash, blobs);
    return;
  }
  if (count != dense)
    make_dense(blobs);
  auto* to = reinterpret_cast<std::uint8_t*>(blobs.at(blob));
  const auto* from = reinterpret_cast<const std::uint8_t*>(other_blobs.at(other.blob));
  for (std::size_t i = 0; i < registers; ++i)
    to[i] = std::max(to[i], from[i]);
}

std::int64_t distinct_sketch::estimate(const blob_arena& blobs) const {
  if (count != dense)
    return count;
  const auto* at = reinterpret_cast<const std::uint8_t*>(blobs.at(blob));
  double of_rank[highest_rank + 1] = {};
  for (std::size_t i = 0; i < registers; ++i)
    of_rank[std::min<int>(at[i], highest_rank)] += 1;
  constexpr double m = registers;
  double z = m * tau(1 - of_rank[highest_rank] / m);
  for (int rank = highest_rank - 1; rank >= 1; --rank)
    z = (z + of_rank[rank]) / 2;
  z += m * sigma(of_rank[0] / m);
  return std::llround(m * m / (2 * std::log(2.0)) / z);
}

bool distinct_sketch::is_sound() const noexcept {
  if (count == dense)
    return blob.size == registers;
  return count <= most_hashes && blob.size == count * sizeof(std::uint64_t);
}

namespace {

constexpr double growth =
    (1 + quantile_sketch::relative_error) / (1 - quantile_sketch::relative_error);
// Above the number of any bucket of a double, so that signs and zero keep the order of values.
constexpr std::int32_t middle = 60000;
constexpr std::size_t most_buckets = 2048;

double log_growth() noexcept {
  static const double value = std::log(growth);
  return value;
}

} // namespace

std::int32_t quantile_sketch::bucket_of(double value) noexcept {
  const double size = std::fmin(std::fabs(value), std::numeric_limits<double>::max());
  if (size < std::numeric_limits<double>::min())
    return 0;
  const auto number = static_cast<std::int32_t>(std::ceil(std::log(size) / log_growth())) + middle;
  return value < 0 ? -number : number;
}

double quantile_sketch::value_of(std::int32_t number) noexcept {
  if (number == 0)
    return 0;
  const double exponent = std::abs(number) - middle;
  const double size = std::exp(exponent * log_growth()) * 2 / (growth + 1);
  return number < 0 ? -size : size;
}

void quantile_sketch::add(std::int32_t number, std::uint32_t n, blob_arena& blobs) {
  auto* at = blob.handle == 0 ? nullptr : reinterpret_cast<bucket*>(blobs.at(blob));
  auto place = static_cast<std::size_t>(
      std::lower_bound(at, at + buckets, number,
                       [](const bucket& b, std::int32_t wanted) { return b.number < wanted; }) -
      at);
  if (place == buckets || at[place].number != number) {
    if (buckets == most_buckets) {
      if (place == 0) { // below the lowest bucket of a full sketch: counted there
        at[0].count += std::min(n, std::numeric_limits<std::uint32_t>::max() - at[0].count);
        return;
      }
      at[1].count += std::min(at[0].count, std::numeric_limits<std::uint32_t>::max() - at[1].count);
      std::memmove(at, at + 1, (buckets - 1) * sizeof *at);
      --buckets;
      add(number, n, blobs);
      return;
    }
    at = reinterpret_cast<bucket*>(grow(blob, (buckets + 1) * sizeof *at, blobs));
    std::memmove(at + place + 1, at + place, (buckets - place) * sizeof *at);
    at[place] = {number, 0};
    ++buckets;
  }
  at[place].count += std::min(n, std::numeric_limits<std::uint32_t>::max() - at[place].count);
}

void quantile_sketch::merge(const quantile_sketch& other, const blob_arena& other_blobs,
                            blob_arena& blobs) {
  if (other.buckets == 0)
    return;
  const auto* at = reinterpret_cast<const bucket*>(other_blobs.at(other.blob));
  for (const auto& from : std::vector<bucket>(at, at + other.buckets))
    add(from.number, from.count, blobs);
}

double quantile_sketch::quantile(double q, const blob_arena& blobs) const {
  const auto* at = reinterpret_cast<const bucket*>(blobs.at(blob));
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < buckets; ++i)
    total += at[i].count;
  const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(total - 1));
  std::uint64_t below = 0;
  for (std::uint32_t i = 0; i < buckets; ++i) {
    below += at[i].count;
    if (below > rank)
      return value_of(at[i].number);
  }
  return value_of(at[buckets - 1].number);
}

bool quantile_sketch::is_sound() const noexcept {
  return buckets <= most_buckets && blob.size >= buckets * sizeof(bucket) &&
         (buckets == 0) == (blob.handle == 0);
}

top_sketch::counter* top_sketch::find(std::uint64_t hash, blob_arena& blobs) noexcept {
  auto* at = blob.handle == 0 ? nullptr : reinterpret_cast<counter*>(blobs.at(blob));
  for (std::uint32_t i = 0; i < used; ++i)
    if (at[i].hash == hash)
      return at + i;
  return nullptr;
}

void top_sketch::add(std::uint64_t hash, std::string_view text, std::size_t k, blob_arena& blobs) {
  if (auto* found = find(hash, blobs)) {
    ++found->count;
    return;
  }
  counter fresh{
      hash, 1, 0, static_cast<std::uint8_t>(std::min(text.size(), sizeof fresh.text)), {}};
  if (!text.empty())
    std::memcpy(fresh.text, text.data(), fresh.size);
  if (used < counters(k)) {
    auto* at = grow(blob, (used + 1) * sizeof fresh, blobs);
    std::memcpy(at + used * sizeof fresh, &fresh, sizeof fresh);
    ++used;
    return;
  }
  auto* at = reinterpret_cast<counter*>(blobs.at(blob));
  auto* least = std::min_element(at, at + used, [](const counter& a, const counter& b) {
    return a.count != b.count ? a.count < b.count : a.hash < b.hash;
  });
  fresh.count = least->count + 1;
  fresh.error = least->count;
  *least = fresh;
}

void top_sketch::merge(const top_sketch& other, const blob_arena& other_blobs, std::size_t k,
                       blob_arena& blobs) {
  if (other.used == 0)
    return;
  const auto list = [](const top_sketch& of, const blob_arena& in) {
    const auto* at = of.used == 0 ? nullptr : reinterpret_cast<const counter*>(in.at(of.blob));
    return std::vector<counter>(at, at + of.used);
  };
  auto ours = list(*this, blobs);
  const auto theirs = list(other, other_blobs);
  const auto least = [&](const std::vector<counter>& of) {
    std::uint32_t out = of.size() < counters(k) ? 0 : UINT32_MAX;
    for (const auto& c : of)
      out = std::min(out, c.count);
    return of.size() < counters(k) ? 0 : out;
  };
  // A value without a counter on one side may have had up to its smallest count there.
  const auto our_least = least(ours);
  const auto their_least = least(theirs);
  for (auto& c : ours)
    if (std::none_of(theirs.begin(), theirs.end(), [&](auto& t) { return t.hash == c.hash; })) {
      c.count += their_least;
      c.error += their_least;
    }
  for (auto c : theirs) {
    const auto same =
        std::find_if(ours.begin(), ours.end(), [&](auto& o) { return o.hash == c.hash; });
    if (same != ours.end()) {
      same->count += c.count;
      same->error += c.error;
      continue;
    }
    c.count += our_least;
    c.error += our_least;
    ours.push_back(c);
  }
  std::sort(ours.begin(), ours.end(), [](const counter& a, const counter& b) {
    return a.count != b.count ? a.count > b.count : a.hash < b.hash;
  });
  used = static_cast<std::uint32_t>(std::min(ours.size(), counters(k)));
  auto* at = grow(blob, used * sizeof(counter), blobs);
  std::memcpy(at, ours.data(), used * sizeof(counter));
}

std::string top_sketch::text(std::size_t k, bool quoted, const blob_arena& blobs) const {
  const auto* at = used == 0 ? nullptr : reinterpret_cast<const counter*>(blobs.at(blob));
  std::vector<counter> sorted(at, at + used);
  const auto view = [](const counter& c) { return std::string_view{c.text, c.size}; };
  std::sort(sorted.begin(), sorted.end(), [&](const counter& a, const counter& b) {
    return a.count != b.count ? a.count > b.count : view(a) < view(b);
  });
  std::string out = "[";
  for (std::size_t i = 0; i < std::min(k, sorted.size()); ++i) {
    out += i == 0 ? "{\"value\":" : ",{\"value\":";
    out += quoted ? "\"" : "";
    for (const char c : view(sorted[i])) {
      if (c == '"' || c == '\\')
        out += '\\';
      if (static_cast<unsigned char>(c) < 0x20)
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
      else
        out += c;
    }
    fmt::format_to(std::back_inserter(out), "{},\"count\":{},\"error\":{}}}", quoted ? "\"" : "",
                   sorted[i].count, sorted[i].error);
  }
  return out + "]";
}

bool top_sketch::is_sound(std::size_t k, const blob_arena& blobs) const noexcept {
  if (used > counters(k) || blob.size < used * sizeof(counter) || (used == 0) != (blob.handle == 0))
    return false;
  const auto* at = used == 0 ? nullptr : reinterpret_cast<const counter*>(blobs.at(blob));
  return std::all_of(at, at + used, [](const counter& c) { return c.size <= sizeof c.text; });
}

} // namespace lepton::pipelines
