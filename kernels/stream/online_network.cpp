#include "kernels/stream/online_network.hpp"

#include "kernels/train/check_spec.hpp"
#include "kernels/train/onnx_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lepton::kernels::stream {

namespace {

using train::loss_function;

constexpr std::string_view letters = "LONL";
constexpr std::uint32_t format_version = 1;

bool over_classes(loss_function loss) {
  return loss == loss_function::cross_entropy || loss == loss_function::focal;
}

bool share(double x) {
  return x >= 0 && x <= 1;
}

core::result<void> check(const train::network_spec& spec, const online_options& o,
                         std::int64_t outputs) {
  const auto invalid = [](const char* why) {
    return core::error{core::errc::invalid_argument, why};
  };
  if (spec.channels * spec.height != 1)
    return invalid("online learning takes rows of features, not images");
  if (o.scale && spec.layers[0].type == train::layer_type::embedding)
    return invalid("the scaler would scale the numbers of categories: switch it off before an "
                   "embedding");
  if (spec.loss.kind == loss_function::mean_squared_error ||
      (!over_classes(spec.loss.kind) && outputs != 1))
    return invalid("online learning needs a loss over classes, or a single output of 0 or 1");
  if (!share(o.replay_share) || o.replay_share == 1 || !share(o.replay_balance) ||
      !share(o.replay_correction) || o.replay_capacity < 0 || o.replay_capacity > 1 << 26 ||
      !(o.scale_memory >= 0))
    return invalid("replay: share must be in [0, 1), balance and correction in [0, 1], capacity "
                   "0 to 67108864, the scaler's memory not negative");
  return {};
}

} // namespace

core::result<std::unique_ptr<online_network>> online_network::make(train::network_spec spec,
                                                                   const online_options& options,
                                                                   std::string_view cpu_target) {
  auto model = train::learner::make(std::move(spec), cpu_target);
  if (!model)
    return model.error();
  LEPTON_TRY(check((*model)->spec(), options, (*model)->outputs()));
  return std::unique_ptr<online_network>{new online_network{std::move(*model), options}};
}

online_network::online_network(std::unique_ptr<train::learner> model, const online_options& options)
    : options_{options}, learner_{std::move(model)}, fresh_rows_{learner_->spec().max_batch} {
  const auto& spec = learner_->spec();
  const auto classes = over_classes(spec.loss.kind) ? outputs() : 2;
  if (options_.scale)
    scaler_.emplace(inputs(), options_.scale_memory);
  if (options_.replay_capacity > 0 && options_.replay_share > 0) {
    replay_.emplace(inputs(), classes, options_.replay_capacity, options_.keep, spec.seed);
    fresh_rows_ =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(spec.max_batch) *
                                                            (1 - options_.replay_share)));
  }
  const auto rows = static_cast<std::size_t>(spec.max_batch);
  x_.resize(rows * static_cast<std::size_t>(inputs()));
  labels_.resize(rows);
  weights_.resize(rows);
}

const float* online_network::scaled(const float* x, std::int64_t rows) {
  if (!scaler_)
    return x;
  scaler_->apply(x, rows, x_.data());
  return x_.data();
}

void online_network::to_probabilities(float* y, std::int64_t rows) const {
  const auto& spec = learner_->spec();
  const auto last = spec.layers.back().type;
  const std::int64_t count = rows * outputs();
  if (last == train::layer_type::sigmoid || last == train::layer_type::softmax)
    return;
  if (!over_classes(spec.loss.kind)) {
    for (std::int64_t i = 0; i < count; ++i)
      y[i] = 1 / (1 + std::exp(-y[i]));
    return;
  }
  for (std::int64_t r = 0; r < rows; ++r, y += outputs()) {
    const float largest = *std::max_element(y, y + outputs());
    float sum = 0;
    for (std::int64_t i = 0; i < outputs(); ++i)
      sum += y[i] = std::exp(y[i] - largest);
    for (std::int64_t i = 0; i < outputs(); ++i)
      y[i] /= sum;
  }
}

void online_network::score(const float* x, std::int64_t rows, float* y) {
  const std::int64_t most = learner_->spec().max_batch;
  for (std::int64_t at = 0; at < rows; at += most) {
    const std::int64_t count = std::min(most, rows - at);
    learner_->predict(scaled(x + at * inputs(), count), count, y + at * outputs());
    to_probabilities(y + at * outputs(), count);
  }
}

core::result<train::step_report> online_network::learn(const float* x, const float* labels,
                                                       std::int64_t rows, float* y) {
  train::step_report last;
  for (std::int64_t at = 0; at < rows; at += fresh_rows_) {
    const auto report = learn_part(x + at * inputs(), labels + at, std::min(fresh_rows_, rows - at),
                                   y ? y + at * outputs() : nullptr);
    if (!report)
      return report;
    last = *report;
  }
  return last;
}

core::result<train::step_report> online_network::learn_part(const float* x, const float* labels,
                                                            std::int64_t rows, float* y) {
  LEPTON_TRY(learner_->check({x, labels, nullptr, rows}));
  if (y)
    score(x, rows, y);
  const auto width = static_cast<std::size_t>(inputs());
  if (scaler_)
    scaler_->learn(x, rows);
  std::copy_n(x, static_cast<std::size_t>(rows) * width, x_.begin());
  std::copy_n(labels, rows, labels_.begin());
  std::fill_n(weights_.begin(), rows, 1.0f);
  const std::int64_t all = rows + add_replays(rows);
  if (scaler_)
    scaler_->apply(x_.data(), all, x_.data());
  auto report = learner_->step({x_.data(), labels_.data(), weights_.data(), all});
  if (!report)
    return report;
  refused_ += report->outcome != train::step_outcome::learned;
  for (std::int64_t r = 0; replay_ && r < rows; ++r)
    if (std::all_of(x + r * inputs(), x + (r + 1) * inputs(),
                    [](float v) { return std::isfinite(v); }))
      replay_->add(x + r * inputs(), std::lround(labels[r]));
  return report;
}

/// Rows are kept as they came, and scaled by what is known when they are learned again.
std::int64_t online_network::add_replays(std::int64_t rows) {
  if (!replay_)
    return 0;
  const double wanted =
      static_cast<double>(rows) * options_.replay_share / (1 - options_.replay_share);
  const std::int64_t count =
      std::min(learner_->spec().max_batch - rows, static_cast<std::int64_t>(wanted));
  if (count < 1 ||
      !replay_->draw(count, options_.replay_balance, options_.replay_correction,
                     x_.data() + rows * inputs(), labels_.data() + rows, weights_.data() + rows))
    return 0;
  return count;
}

core::result<std::vector<std::uint8_t>> online_network::export_onnx() const {
  if (!scaler_)
    return train::export_onnx(*learner_);
  const auto scaler = train::scale(scaler_->center(), scaler_->scale());
  return train::export_onnx(*learner_, true, {}, &scaler);
}

std::vector<std::uint8_t> online_network::snapshot() const {
  train::state_writer to{letters, format_version};
  const auto model = learner_->snapshot();
  to.put_all(std::span<const std::uint8_t>{model});
  to.put(refused_);
  if (scaler_)
    scaler_->save(to);
  if (replay_)
    replay_->save(to);
  return std::move(to).finish();
}

/// Everything is read before anything is changed.
core::result<void> online_network::restore(std::span<const std::uint8_t> bytes) {
  auto from = train::state_reader::open(bytes, letters, format_version, "the online network");
  if (!from)
    return from.error();
  const auto model = from->get_all<std::uint8_t>(bytes.size());
  const auto refused = from->get<std::int64_t>();
  auto scaler = scaler_;
  auto replay = replay_;
  if (scaler)
    scaler->load(*from);
  if (replay)
    replay->load(*from);
  LEPTON_TRY(from->complete());
  LEPTON_TRY(learner_->restore(model));
  refused_ = refused;
  scaler_ = std::move(scaler);
  replay_ = std::move(replay);
  return {};
}

} // namespace lepton::kernels::stream
