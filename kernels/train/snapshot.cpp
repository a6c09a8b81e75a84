#include "kernels/train/learner.hpp"

#include <fmt/format.h>

#include <cstring>

namespace lepton::kernels::train {

namespace {

constexpr std::uint32_t format_version = 1;
constexpr char magic[4] = {'L', 'T', 'R', 'N'};

/// Eight bytes at a time, each through a full mixing: finds damage, and proves nothing to somebody
/// who wants to forge.
std::uint64_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint64_t sum = counter_random::mix(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    sum = counter_random::mix(sum ^ word) + 0x9e3779b97f4a7c15ull;
  }
  return sum;
}

class byte_writer {
public:
  template <class T>
  void put(const T& value) {
    put(&value, sizeof value);
  }
  void put(const void* from, std::size_t count) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + count);
  }
  void put(const float_block& block) {
    put(static_cast<std::uint64_t>(block.size()));
    put(block.data(), static_cast<std::size_t>(block.size()) * sizeof(float));
  }
  std::vector<std::uint8_t> finish() && {
    put(checksum(bytes_));
    return std::move(bytes_);
  }

private:
  std::vector<std::uint8_t> bytes_;
};

/// Reads what is there and remembers whether something was missing.
class byte_reader {
public:
  explicit byte_reader(std::span<const std::uint8_t> bytes) : rest_{bytes} {}

  template <class T>
  T get() {
    T value{};
    const auto from = take(sizeof value);
    if (!from.empty())
      std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  std::span<const std::uint8_t> take(std::uint64_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto part = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return part;
  }
  /// The numbers of a block of that size.
  std::span<const std::uint8_t> block(std::int64_t size) {
    if (get<std::uint64_t>() != static_cast<std::uint64_t>(size))
      failed_ = true;
    return failed_ ? std::span<const std::uint8_t>{}
                   : take(static_cast<std::uint64_t>(size) * sizeof(float));
  }
  bool complete() const noexcept { return !failed_ && rest_.empty(); }

private:
  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

core::error malformed(const char* why) {
  return {core::errc::malformed, fmt::format("the snapshot of the learner {}", why)};
}

const char* name_of(optimiser kind) {
  switch (kind) {
    case optimiser::sgd: return "sgd";
    case optimiser::adam: return "adam";
    case optimiser::adamw: return "adamw";
    case optimiser::adagrad: return "adagrad";
    case optimiser::ftrl: return "ftrl";
  }
  return "unknown";
}

void copy(std::span<const std::uint8_t> from, float_block& to) {
  if (!from.empty())
    std::memcpy(to.data(), from.data(), from.size());
}

} // namespace

std::string learner::identity() const {
  return fmt::format("{} by {}{}", describe(spec_), name_of(spec_.optimiser.kind),
                     spec_.optimiser.momentum > 0 ? " with momentum" : "");
}

std::vector<std::uint8_t> learner::snapshot() const {
  byte_writer to;
  const auto text = identity();
  to.put(magic);
  to.put(format_version);
  to.put(static_cast<std::uint64_t>(text.size()));
  to.put(text.data(), text.size());
  to.put(static_cast<std::uint64_t>(steps_));
  to.put(draws_);
  to.put(spec_.seed);
  to.put(rate_factor_);
  const network& net = *network_;
  for (const auto* block : {&net.weights(), &net.state(), &first_, &second_})
    to.put(*block);
  return std::move(to).finish();
}

core::result<void> learner::restore(std::span<const std::uint8_t> bytes) {
  byte_reader from{bytes};
  if (bytes.size() < 16 || std::memcmp(from.take(4).data(), magic, 4) != 0)
    return malformed("does not begin as one");
  if (const auto version = from.get<std::uint32_t>(); version != format_version)
    return core::error{core::errc::unsupported,
                       fmt::format("the snapshot of the learner has format {}; this build reads {}",
                                   version, format_version)};
  std::uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + bytes.size() - 8, 8);
  if (sum != checksum(bytes.first(bytes.size() - 8)))
    return malformed("is damaged or cut off");
  const auto text = from.take(from.get<std::uint64_t>());
  const std::string_view theirs{reinterpret_cast<const char*>(text.data()), text.size()};
  if (theirs != identity())
    return core::error{core::errc::invalid_argument,
                       fmt::format("the snapshot is of `{}`, not of `{}`", theirs, identity())};
  const auto steps = from.get<std::uint64_t>();
  const auto draws = from.get<std::uint64_t>();
  const auto seed = from.get<std::uint64_t>();
  const auto factor = from.get<float>();
  float_block* const blocks[] = {&network_->weights(), &network_->state(), &first_, &second_};
  std::span<const std::uint8_t> parts[4];
  for (int i = 0; i < 4; ++i)
    parts[i] = from.block(blocks[i]->size());
  from.get<std::uint64_t>();
  if (!from.complete())
    return malformed("has another size than it should");
  for (int i = 0; i < 4; ++i)
    copy(parts[i], *blocks[i]);
  steps_ = static_cast<std::int64_t>(steps);
  draws_ = draws;
  spec_.seed = seed;
  rate_factor_ = factor;
  return {};
}

} // namespace lepton::kernels::train
