#include "kernels/train/learner.hpp"
#include "kernels/train/state_bytes.hpp"

#include <fmt/format.h>

#include <cstring>

namespace lepton::kernels::train {

namespace {

constexpr std::string_view letters = "LTRN";
constexpr std::uint32_t format_version = 1;

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

std::span<const float> all_of(const float_block& block) {
  return {block.data(), static_cast<std::size_t>(block.size())};
}

} // namespace

std::string learner::identity() const {
  return fmt::format("{} by {}{}", describe(spec_), name_of(spec_.optimiser.kind),
                     spec_.optimiser.momentum > 0 ? " with momentum" : "");
}

std::vector<std::uint8_t> learner::snapshot() const {
  state_writer to{letters, format_version};
  to.put_text(identity());
  to.put(steps_);
  to.put(draws_);
  to.put(spec_.seed);
  to.put(rate_factor_);
  const network& net = *network_;
  for (const auto* block : {&net.weights(), &net.state(), &first_, &second_})
    to.put_all(all_of(*block));
  return std::move(to).finish();
}

core::result<void> learner::restore(std::span<const std::uint8_t> bytes) {
  auto from = state_reader::open(bytes, letters, format_version, "the learner");
  if (!from)
    return from.error();
  const auto theirs = from->get_text(1 << 16);
  if (theirs != identity())
    return core::error{core::errc::invalid_argument,
                       fmt::format("the snapshot is of `{}`, not of `{}`", theirs, identity())};
  const auto steps = from->get<std::int64_t>();
  const auto draws = from->get<std::uint64_t>();
  const auto seed = from->get<std::uint64_t>();
  const auto factor = from->get<float>();
  float_block* const blocks[] = {&network_->weights(), &network_->state(), &first_, &second_};
  std::span<const std::uint8_t> parts[4];
  for (int i = 0; i < 4; ++i)
    parts[i] = from->view<float>(static_cast<std::uint64_t>(blocks[i]->size()));
  LEPTON_TRY(from->complete());
  for (int i = 0; i < 4; ++i)
    if (!parts[i].empty())
      std::memcpy(blocks[i]->data(), parts[i].data(), parts[i].size());
  steps_ = steps;
  draws_ = draws;
  spec_.seed = seed;
  rate_factor_ = factor;
  return {};
}

} // namespace lepton::kernels::train
