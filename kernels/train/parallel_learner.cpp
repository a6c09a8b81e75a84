#include "kernels/train/parallel_learner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lepton::kernels::train {

core::result<std::unique_ptr<parallel_learner>>
parallel_learner::make(const network_spec& spec, int threads, std::string_view cpu_target) {
  if (threads < 1 || threads > 256)
    return core::error{core::errc::invalid_argument,
                       fmt::format("{} threads to learn with; 1 to 256 are possible", threads)};
  std::vector<std::unique_ptr<learner>> replicas;
  for (int i = 0; i < threads; ++i) {
    network_spec of = spec;
    if (i > 0) {
      of.max_batch = (spec.max_batch + threads - 1) / threads;
      of.seed = counter_random::mix(spec.seed + static_cast<std::uint64_t>(i)); // for the dropout
    }
    auto made = learner::make(std::move(of), cpu_target);
    if (!made)
      return made.error();
    replicas.push_back(std::move(*made));
  }
  return std::unique_ptr<parallel_learner>{new parallel_learner{std::move(replicas)}};
}

parallel_learner::parallel_learner(std::vector<std::unique_ptr<learner>> replicas)
    : replicas_{std::move(replicas)}, parts_(replicas_.size()),
      start_{static_cast<std::ptrdiff_t>(replicas_.size())},
      end_{static_cast<std::ptrdiff_t>(replicas_.size())} {
  for (std::size_t i = 1; i < replicas_.size(); ++i)
    threads_.emplace_back([this, i] { work(i); });
}

parallel_learner::~parallel_learner() {
  stop_ = true;
  start_.arrive_and_wait();
}

void parallel_learner::work(std::size_t i) {
  for (;;) {
    start_.arrive_and_wait();
    if (stop_)
      return;
    compute(i);
    end_.arrive_and_wait();
  }
}

/// Nothing writes to the first learner's weights while the others read them.
void parallel_learner::compute(std::size_t i) {
  auto& p = parts_[i];
  if (p.weight == 0)
    return;
  if (i > 0)
    replicas_[i]->follow(*replicas_[0]);
  const auto report = replicas_[i]->gradients_of(p.rows);
  LEPTON_ASSERT(report.ok()); // `divide` has checked the rows
  p.report = *report;
}

core::result<void> parallel_learner::divide(const labelled_rows& batch) {
  LEPTON_TRY(replicas_[0]->check(batch));
  const auto count = static_cast<std::int64_t>(replicas_.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t from = batch.rows * i / count, to = batch.rows * (i + 1) / count;
    auto& p = parts_[static_cast<std::size_t>(i)];
    p = {};
    if (to == from)
      continue;
    p.rows = {batch.features + from * model().inputs(), batch.labels + from * model().label_width(),
              batch.weights ? batch.weights + from : nullptr, to - from};
    const auto weight = replicas_[static_cast<std::size_t>(i)]->weight_of(p.rows);
    if (!weight)
      return weight.error();
    p.weight = *weight;
  }
  return {};
}

core::result<step_report> parallel_learner::step(const labelled_rows& batch) {
  LEPTON_TRY(divide(batch));
  if (std::all_of(parts_.begin(), parts_.end(), [](const auto& p) { return p.weight == 0; }))
    return core::error{core::errc::invalid_argument, "all rows have the weight 0"};
  start_.arrive_and_wait();
  compute(0);
  end_.arrive_and_wait();
  return combine();
}

step_report parallel_learner::combine() {
  double all = 0, loss = 0;
  for (const auto& p : parts_)
    all += p.weight;
  const auto sum = replicas_[0]->gradients();
  const auto first = static_cast<float>(parts_[0].weight / all);
  for (auto& g : sum)
    g = first == 0 ? 0 : g * first;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& p = parts_[i];
    if (p.report.outcome != step_outcome::learned)
      return p.report;
    loss += p.weight / all * p.report.loss;
    const auto share = static_cast<float>(p.weight / all);
    const auto from = replicas_[i]->gradients();
    for (std::size_t j = 0; i > 0 && share > 0 && j < sum.size(); ++j)
      sum[j] += share * from[j];
  }
  return replicas_[0]->apply(loss);
}

} // namespace lepton::kernels::train
