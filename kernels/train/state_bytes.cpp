#include "kernels/train/state_bytes.hpp"

#include "kernels/train/counter_random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace lepton::kernels::train {

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::size_t letter_count = 4;

core::error malformed(std::string_view what, std::string_view why) {
  return {core::errc::malformed, fmt::format("the snapshot of {} {}", what, why)};
}

} // namespace

std::uint64_t checksum(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t sum = counter_random::mix(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    sum = counter_random::mix(sum ^ word) + 0x9e3779b97f4a7c15ull;
  }
  return sum;
}

state_writer::state_writer(std::string_view letters, std::uint32_t version) {
  LEPTON_ASSERT(letters.size() == letter_count);
  put_bytes(letters.data(), letter_count);
  put(version);
}

void state_writer::put_bytes(const void* from, std::size_t count) {
  const auto* bytes = static_cast<const std::uint8_t*>(from);
  bytes_.insert(bytes_.end(), bytes, bytes + count);
}

std::vector<std::uint8_t> state_writer::finish() && {
  put(checksum(bytes_));
  return std::move(bytes_);
}

core::result<state_reader> state_reader::open(std::span<const std::uint8_t> bytes,
                                              std::string_view letters, std::uint32_t version,
                                              std::string_view what) {
  if (bytes.size() < letter_count + sizeof version + sizeof(std::uint64_t) ||
      std::memcmp(bytes.data(), letters.data(), letter_count) != 0)
    return malformed(what, "does not begin as one");
  state_reader to{bytes.first(bytes.size() - sizeof(std::uint64_t)), what};
  to.take(letter_count);
  if (const auto found = to.get<std::uint32_t>(); found != version)
    return core::error{
        core::errc::unsupported,
        fmt::format("the snapshot of {} has format {}; this build reads {}", what, found, version)};
  std::uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
  if (sum != checksum(bytes.first(bytes.size() - sizeof sum)))
    return malformed(what, "is damaged or cut off");
  return to;
}

std::string state_reader::get_text(std::uint64_t most) {
  const auto letters = get_all<char>(most);
  return {letters.begin(), letters.end()};
}

core::result<void> state_reader::complete() const {
  if (failed_ || !rest_.empty())
    return malformed(what_, "has another size than it should");
  return {};
}

std::span<const std::uint8_t> state_reader::take(std::uint64_t count) {
  if (failed_ || count > rest_.size()) {
    failed_ = true;
    return {};
  }
  const auto part = rest_.first(static_cast<std::size_t>(count));
  rest_ = rest_.subspan(static_cast<std::size_t>(count));
  return part;
}

} // namespace lepton::kernels::train
