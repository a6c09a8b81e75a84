#include "pipelines/state/state_bytes.hpp"

#include <fmt/format.h>

namespace lepton::pipelines {

namespace {

__extension__ using wide = unsigned __int128;

constexpr std::uint32_t frame_magic = state_kind("LPST");
constexpr std::size_t frame_head = 4 + 4 + 2 + 8;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* bytes, std::size_t size) noexcept {
  std::uint64_t out = 0;
  std::memcpy(&out, bytes, size);
  return out;
}

} // namespace

std::uint64_t stable_hash(std::string_view bytes) noexcept {
  constexpr std::uint64_t a = 0x8bb84b93962eacc9;
  constexpr std::uint64_t b = 0x4b33a62ed433d4a3;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t hash = a ^ stable_hash(static_cast<std::uint64_t>(left));
  for (; left >= 16; at += 16, left -= 16)
    hash = fold(load(at, 8) ^ hash, load(at + 8, 8) ^ b) + hash;
  if (left >= 8) {
    hash = fold(load(at, 8) ^ hash, b) + hash;
    at += 8;
    left -= 8;
  }
  if (left != 0)
    hash = fold(load(at, left) ^ hash, a ^ left) + hash;
  return stable_hash(hash);
}

std::string frame_state(std::uint32_t kind, std::uint16_t version, std::string_view body) {
  std::string out;
  out.reserve(frame_head + body.size() + sizeof(std::uint64_t));
  state_writer to{out};
  to.put(frame_magic);
  to.put(kind);
  to.put(version);
  to.put(static_cast<std::uint64_t>(body.size()));
  out += body;
  to.put(stable_hash(out));
  return out;
}

bool open_state(std::string_view bytes, std::uint32_t kind, std::uint16_t version,
                std::string_view& body, std::size_t& size, std::string& error) {
  state_reader from{bytes};
  const auto magic = from.get<std::uint32_t>();
  const auto found_kind = from.get<std::uint32_t>();
  const auto found_version = from.get<std::uint16_t>();
  const auto length = from.get<std::uint64_t>();
  const auto fail = [&](std::string text) {
    error = std::move(text);
    return false;
  };
  if (!from.ok())
    return fail("state ends in its header");
  if (magic != frame_magic)
    return fail("not a state of lepton");
  if (found_kind != kind)
    return fail("state of another kind of operator");
  if (found_version != version)
    return fail(fmt::format("state has version {}, this build reads {}", found_version, version));
  if (length > from.left() || from.left() - length < sizeof(std::uint64_t))
    return fail("state is cut short");
  body = from.get_view(static_cast<std::size_t>(length));
  const auto covered = bytes.substr(0, frame_head + body.size());
  if (from.get<std::uint64_t>() != stable_hash(covered))
    return fail("state does not match its checksum");
  size = covered.size() + sizeof(std::uint64_t);
  return true;
}

} // namespace lepton::pipelines
