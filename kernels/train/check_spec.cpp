#include "kernels/train/check_spec.hpp"

#include <fmt/format.h>

#include <cmath>

namespace lepton::kernels::train {

namespace {

core::error invalid(std::string why) {
  return {core::errc::invalid_argument, std::move(why)};
}

bool not_negative(float x) {
  return x >= 0 && std::isfinite(x);
}

bool share(float x) {
  return x >= 0 && x < 1;
}

core::result<void> check_optimiser(const optimiser_spec& o) {
  if (!(o.rate > 0) || !std::isfinite(o.rate))
    return invalid(fmt::format("learning rate {}: must be above 0", o.rate));
  if (!share(o.momentum) || !share(o.beta1) || !share(o.beta2))
    return invalid("momentum, beta1 and beta2 must be in [0, 1)");
  if (o.nesterov && o.momentum == 0)
    return invalid("nesterov needs a momentum above 0");
  if (!(o.epsilon > 0))
    return invalid("epsilon must be above 0");
  for (const float x : {o.weight_decay, o.l1, o.l2, o.beta, o.initial})
    if (!not_negative(x))
      return invalid("weight_decay, l1, l2, beta and initial must not be negative");
  return {};
}

core::result<void> check_schedule(const schedule_spec& s) {
  if (s.warm_up < 0 || s.every < 1 || s.total < 1)
    return invalid("schedule: warm_up must be 0 or more, every and total 1 or more");
  if (!(s.factor > 0) || !std::isfinite(s.factor) || !(s.floor >= 0 && s.floor <= 1))
    return invalid("schedule: factor must be above 0 and floor in [0, 1]");
  return {};
}

bool binary(loss_function loss) {
  return loss == loss_function::binary_cross_entropy || loss == loss_function::binary_focal;
}

bool over_classes(loss_function loss) {
  return loss == loss_function::cross_entropy || loss == loss_function::focal;
}

core::result<void> check_loss(const loss_spec& loss, std::int64_t outputs) {
  if (over_classes(loss.kind) && (outputs < 2 || outputs > 4096))
    return invalid(fmt::format("a loss over classes needs 2 to 4096 outputs, not {}", outputs));
  if (!not_negative(loss.gamma))
    return invalid("gamma must not be negative");
  if (loss.class_weights.empty())
    return {};
  const auto classes = over_classes(loss.kind) ? outputs : 2;
  if (!over_classes(loss.kind) && !(binary(loss.kind) && outputs == 1))
    return invalid("class weights need a loss over classes, or a single output of 0 or 1");
  if (static_cast<std::int64_t>(loss.class_weights.size()) != classes)
    return invalid(
        fmt::format("{} class weights for {} classes", loss.class_weights.size(), classes));
  for (const float x : loss.class_weights)
    if (!not_negative(x))
      return invalid("class weights must not be negative");
  return {};
}

} // namespace

core::result<void> check_training(const network_spec& spec, std::int64_t outputs) {
  LEPTON_TRY(check_loss(spec.loss, outputs));
  LEPTON_TRY(check_optimiser(spec.optimiser));
  LEPTON_TRY(check_schedule(spec.schedule));
  if (!not_negative(spec.clip_norm))
    return invalid("the clipping norm must not be negative");
  const auto last = spec.layers.back().type;
  const bool fits = last == layer_type::sigmoid       ? !over_classes(spec.loss.kind)
                    : last == layer_type::softmax     ? !binary(spec.loss.kind)
                    : last == layer_type::log_softmax ? over_classes(spec.loss.kind)
                                                      : true;
  if (!fits)
    return invalid(
        fmt::format("a network that ends with {} does not go with this loss", name(last)));
  if (spec.layers.size() == 1 && loss_includes_last(spec))
    return invalid("a network needs a layer with weights");
  return {};
}

bool loss_includes_last(const network_spec& spec) noexcept {
  const auto last = spec.layers.back().type;
  return (binary(spec.loss.kind) && last == layer_type::sigmoid) ||
         (over_classes(spec.loss.kind) &&
          (last == layer_type::softmax || last == layer_type::log_softmax));
}

} // namespace lepton::kernels::train
