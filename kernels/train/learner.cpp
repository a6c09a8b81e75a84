#include "kernels/train/learner.hpp"

#include "kernels/train/check_spec.hpp"
#include "kernels/train/cpu/choose_ops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lepton::kernels::train {

namespace {

core::error invalid(std::string why) {
  return {core::errc::invalid_argument, std::move(why)};
}

core::error no_weight() {
  return invalid("all rows have the weight 0");
}

bool takes_classes(loss_function loss) {
  return loss == loss_function::cross_entropy || loss == loss_function::focal;
}

} // namespace

const char* name(step_outcome outcome) noexcept {
  switch (outcome) {
    case step_outcome::learned: return "learned";
    case step_outcome::loss_not_finite: return "loss_not_finite";
    case step_outcome::gradient_not_finite: return "gradient_not_finite";
  }
  return "unknown";
}

core::result<std::unique_ptr<learner>> learner::make(network_spec spec,
                                                     std::string_view cpu_target) {
  const auto target = cpu_target.empty() ? cpu::choose_target() : cpu::choose_target(cpu_target);
  if (!target)
    return target.error();
  const auto& ops = ops_of(*target);
  auto net = network::make(spec, ops);
  if (!net)
    return net.error();
  LEPTON_TRY(check_training(spec, (*net)->outputs()));
  return std::unique_ptr<learner>{
      new learner{std::move(spec), std::move(*net), ops, cpu::name(*target)}};
}

learner::learner(network_spec spec, std::unique_ptr<network> net, const train_ops& ops,
                 std::string target)
    : spec_{std::move(spec)}, network_{std::move(net)}, ops_{ops}, target_{std::move(target)},
      trained_layers_{static_cast<std::int64_t>(network_->size()) -
                      (loss_includes_last(spec_) ? 1 : 0)},
      row_weights_{padded(spec_.max_batch)} {
  const std::int64_t count = network_->weights().size();
  const auto kind = spec_.optimiser.kind;
  first_ = float_block{kind == optimiser::sgd && spec_.optimiser.momentum == 0 ? 0 : count};
  second_ = float_block{
      kind == optimiser::adam || kind == optimiser::adamw || kind == optimiser::ftrl ? count : 0};
  start_optimiser();
}

/// FTRL derives weights from its sums, so the sums must start where the weights are.
void learner::start_optimiser() {
  const auto& o = spec_.optimiser;
  std::fill_n(first_.data(), first_.size(), o.kind == optimiser::adagrad ? o.initial : 0.0f);
  std::fill_n(second_.data(), second_.size(), 0.0f);
  if (o.kind != optimiser::ftrl)
    return;
  const float* w = network_->weights().data();
  for (std::int64_t i = 0; i < first_.size(); ++i)
    first_.data()[i] =
        -w[i] * (o.beta / o.rate + o.l2) - (w[i] == 0 ? 0 : std::copysign(o.l1, w[i]));
}

std::int64_t learner::label_width() const noexcept {
  return takes_classes(spec_.loss.kind) ? 1 : outputs();
}

std::int64_t learner::memory() const noexcept {
  return network_->memory() + (first_.size() + second_.size() + row_weights_.size()) *
                                  static_cast<std::int64_t>(sizeof(float));
}

std::string learner::backend() const {
  return fmt::format("native ({})", target_);
}

core::result<void> learner::check(const labelled_rows& batch) const {
  if (batch.rows < 1 || batch.rows > spec_.max_batch)
    return invalid(
        fmt::format("a step over {} rows; 1 to {} are possible", batch.rows, spec_.max_batch));
  for (std::int64_t i = 0; i < batch.rows * label_width(); ++i)
    LEPTON_TRY(check_label(batch.labels[i]));
  for (std::int64_t i = 0; batch.weights && i < batch.rows; ++i)
    if (!(batch.weights[i] >= 0) || !std::isfinite(batch.weights[i]))
      return invalid(fmt::format("{} is no weight of a row", batch.weights[i]));
  return {};
}

core::result<void> learner::check_label(float label) const {
  switch (spec_.loss.kind) {
    case loss_function::cross_entropy:
    case loss_function::focal:
      if (label >= 0 && label < static_cast<float>(outputs()) && label == std::floor(label))
        return {};
      return invalid(fmt::format("label {} is no class from 0 to {}", label, outputs() - 1));
    case loss_function::binary_cross_entropy:
      if (label >= 0 && label <= 1)
        return {};
      return invalid(fmt::format("label {} is not from 0 to 1", label));
    case loss_function::binary_focal:
      if (label == 0 || label == 1)
        return {};
      return invalid(fmt::format("label {} is neither 0 nor 1", label));
    case loss_function::mean_squared_error: break;
  }
  return std::isfinite(label) ? core::result<void>{} : invalid("a label is not finite");
}

/// Each row's share of the loss, class weights included.
core::result<void> learner::weigh(const labelled_rows& batch) {
  LEPTON_TRY(check(batch));
  const auto& classes = spec_.loss.class_weights;
  float* to = row_weights_.data();
  weight_sum_ = 0;
  for (std::int64_t i = 0; i < batch.rows; ++i) {
    to[i] = batch.weights ? batch.weights[i] : 1;
    if (!classes.empty() && takes_classes(spec_.loss.kind))
      to[i] *= classes[static_cast<std::size_t>(batch.labels[i])];
    else if (!classes.empty()) // a label between 0 and 1 takes its share of both
      to[i] *= classes[0] + (classes[1] - classes[0]) * batch.labels[i];
    weight_sum_ += static_cast<double>(to[i]);
  }
  for (std::int64_t i = 0; weight_sum_ > 0 && i < batch.rows; ++i)
    to[i] = static_cast<float>(static_cast<double>(to[i]) / weight_sum_);
  return {};
}

std::uint64_t learner::key() const noexcept {
  return counter_random::mix(spec_.seed ^ counter_random::mix(draws_ + 1));
}

double learner::loss_of(const labelled_rows& batch, bool training, float* gradient) {
  loss_call call;
  call.loss = spec_.loss.kind;
  call.z = network_->forward(trained_layers_, batch.features, batch.rows, training, key());
  call.labels = batch.labels;
  call.row_weight = row_weights_.data();
  call.gamma = spec_.loss.gamma;
  call.dz = gradient;
  return ops_.loss(call);
}

core::result<step_report> learner::gradients_of(const labelled_rows& batch) {
  LEPTON_TRY(weigh(batch));
  if (!(weight_sum_ > 0))
    return no_weight();
  step_report report;
  report.loss = loss_of(batch, true, network_->gradient_of_output());
  if (!std::isfinite(report.loss)) {
    report.outcome = step_outcome::loss_not_finite;
    return report;
  }
  network_->backward(false);
  return report;
}

core::result<step_report> learner::step(const labelled_rows& batch) {
  auto report = gradients_of(batch);
  if (!report || report->outcome != step_outcome::learned)
    return report;
  return apply(report->loss);
}

step_report learner::apply(double loss) {
  const auto& o = spec_.optimiser;
  step_report report;
  report.loss = loss;
  report.gradient_norm =
      std::sqrt(ops_.sum_of_squares(gradients().data(), network_->gradients().size()));
  if (!std::isfinite(report.gradient_norm) || !network_->gathered_finite()) {
    report.outcome = step_outcome::gradient_not_finite;
    return report;
  }
  const float rate = o.rate * factor_at(spec_.schedule, steps_) * rate_factor_;
  report.rate = static_cast<double>(rate);
  const auto count = static_cast<double>(steps_ + 1);
  update_call call;
  call.kind = o.kind;
  call.count = network_->weights().size();
  call.weights = network_->weights().data();
  call.gradients = network_->gradients().data();
  call.first = first_.data();
  call.second = second_.data();
  if (spec_.clip_norm > 0 && report.gradient_norm > static_cast<double>(spec_.clip_norm))
    call.gradient_scale =
        static_cast<float>(static_cast<double>(spec_.clip_norm) / report.gradient_norm);
  call.rate = rate;
  call.beta1 = o.beta1;
  call.beta2 = o.beta2;
  call.epsilon = o.epsilon;
  call.correction1 = static_cast<float>(1 - std::pow(static_cast<double>(o.beta1), count));
  call.correction2 = static_cast<float>(1 - std::pow(static_cast<double>(o.beta2), count));
  call.weight_decay = o.weight_decay;
  call.momentum = o.momentum;
  call.nesterov = o.nesterov;
  call.l1 = o.l1;
  call.l2 = o.l2;
  call.beta = o.beta;
  ops_.update(call);
  network_->commit();
  ++steps_;
  ++draws_;
  return report;
}

core::result<double> learner::evaluate(const labelled_rows& batch) {
  if (batch.rows < 1)
    return invalid("no rows to evaluate");
  double loss = 0, weight = 0;
  for (std::int64_t at = 0; at < batch.rows; at += spec_.max_batch) {
    labelled_rows part = batch;
    part.rows = std::min(spec_.max_batch, batch.rows - at);
    part.features += at * inputs();
    part.labels += at * label_width();
    part.weights = batch.weights ? batch.weights + at : nullptr;
    LEPTON_TRY(weigh(part));
    if (weight_sum_ > 0)
      loss += weight_sum_ * loss_of(part, false, nullptr);
    weight += weight_sum_;
  }
  if (!(weight > 0))
    return no_weight();
  return loss / weight;
}

void learner::predict(const float* features, std::int64_t rows, float* y) {
  for (std::int64_t at = 0; at < rows; at += spec_.max_batch) {
    const std::int64_t count = std::min(spec_.max_batch, rows - at);
    const auto part = network_->forward(static_cast<std::int64_t>(network_->size()),
                                        features + at * inputs(), count, false, 0);
    for (std::int64_t r = 0; r < count; ++r)
      std::memcpy(y + (at + r) * part.width, part.data + r * part.stride,
                  static_cast<std::size_t>(part.width) * sizeof(float));
  }
}

core::result<void> learner::input_gradients(const labelled_rows& batch, float* gradients) {
  if (spec_.channels * spec_.height != 1 || !network_->at(0).gives_input_gradient())
    return core::error{core::errc::unsupported,
                       "gradients of the input are there for rows of numbers only"};
  LEPTON_TRY(weigh(batch));
  if (!(weight_sum_ > 0))
    return no_weight();
  loss_of(batch, true, network_->gradient_of_output());
  const float* from = network_->backward(true);
  for (std::int64_t r = 0; r < batch.rows; ++r)
    std::memcpy(gradients + r * inputs(), from + r * padded(inputs()),
                static_cast<std::size_t>(inputs()) * sizeof(float));
  return {};
}

core::result<double> learner::weight_of(const labelled_rows& batch) {
  LEPTON_TRY(weigh(batch));
  return weight_sum_;
}

void learner::follow(const learner& other) {
  const network& from = *other.network_;
  LEPTON_ASSERT(from.weights().size() == network_->weights().size() &&
                from.state().size() == network_->state().size());
  std::copy_n(from.weights().data(), from.weights().size(), network_->weights().data());
  std::copy_n(from.state().data(), from.state().size(), network_->state().data());
  steps_ = other.steps_;
  draws_ = other.draws_;
}

std::span<float> learner::gradients() noexcept {
  auto& block = network_->gradients();
  return {block.data(), static_cast<std::size_t>(block.size())};
}

std::span<float> learner::weights() noexcept {
  auto& block = network_->weights();
  return {block.data(), static_cast<std::size_t>(block.size())};
}

std::vector<std::vector<named_values>> learner::values() const {
  std::vector<std::vector<named_values>> all;
  for (std::size_t i = 0; i < network_->size(); ++i)
    all.push_back(network_->at(i).values());
  return all;
}

core::result<void> learner::set_values(const std::vector<std::vector<named_values>>& values) {
  if (values.size() != network_->size())
    return invalid(
        fmt::format("weights of {} layers for a network of {}", values.size(), network_->size()));
  for (const auto& layer : values)
    for (const auto& v : layer)
      for (const float x : v.data)
        if (!std::isfinite(x))
          return invalid(fmt::format("`{}` has a number that is not finite", v.name));
  const auto before = this->values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto taken = network_->at(i).set(values[i]);
    if (taken)
      continue;
    for (std::size_t j = 0; j < i; ++j)
      if (!network_->at(j).set(before[j]))
        LEPTON_ASSERT(false); // a layer takes what it gave
    return taken.error().with_context(fmt::format("layer {}", i + 1));
  }
  start_optimiser();
  return {};
}

} // namespace lepton::kernels::train
