#pragma once

#include "kernels/train/cpu/train_ops.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::kernels::train {

enum class layer_type : std::uint8_t {
  scale, ///< y = (x - center) * scale with constants; the features' scaler, not trained
  embedding,
  dense,
  conv2d,
  max_pool,
  average_pool,
  batch_norm,
  layer_norm,
  dropout,
  relu,
  gelu, ///< the exact one, x * Phi(x)
  tanh,
  sigmoid,
  softmax,
  log_softmax,
  flatten, ///< an image to a row of numbers, channel by channel as ONNX and PyTorch do
};

/// "dense", "max_pool", ...: also the names in configuration files.
const char* name(layer_type type) noexcept;

/// A feature that is a whole number from 0 to `cardinality` - 1 and is replaced by a row of a
/// trained table. Everything else (negative, too large, no number) takes row 0: keep that for
/// "unknown".
struct embedded_column {
  std::int64_t column = 0;
  std::int64_t cardinality = 0;
  std::int64_t dimension = 0;

  bool operator==(const embedded_column&) const = default;
};

/// One layer. Only the members that its type names count; the functions below fill them.
struct layer_spec {
  layer_type type = layer_type::relu;
  std::int64_t units = 0;   ///< dense: outputs; conv2d: channels that come out
  std::int64_t kernel = 0;  ///< conv2d, pools: height and width of the window
  std::int64_t stride = 1;  ///< conv2d, pools
  std::int64_t padding = 0; ///< conv2d: zeros around the image
  float rate = 0;           ///< dropout: share that is zeroed, in [0, 1)
  float epsilon = 1e-5f;    ///< norms
  float momentum = 0.1f;    ///< batch_norm: weight of a batch in the running mean and variance
  std::vector<embedded_column> columns; ///< embedding
  std::vector<float> center, scale;     ///< scale: one for each input

  bool operator==(const layer_spec&) const = default;
};

layer_spec dense(std::int64_t outputs);
layer_spec conv2d(std::int64_t channels, std::int64_t kernel, std::int64_t stride = 1,
                  std::int64_t padding = 0);
/// `stride` 0 = as large as the window.
layer_spec max_pool(std::int64_t kernel, std::int64_t stride = 0);
layer_spec average_pool(std::int64_t kernel, std::int64_t stride = 0);
layer_spec dropout(float rate);
layer_spec embedding(std::vector<embedded_column> columns);
layer_spec scale(std::vector<float> center, std::vector<float> scale);
/// A layer without parameters: relu, batch_norm, flatten, ...
layer_spec layer(layer_type type);

/// How the weights follow the gradients.
struct optimiser_spec {
  optimiser kind = optimiser::adam;
  float rate = 1e-3f; ///< learning rate; FTRL: alpha
  float momentum = 0; ///< sgd
  bool nesterov = false;
  float beta1 = 0.9f, beta2 = 0.999f; ///< adam, adamw
  float epsilon = 1e-8f;              ///< adam, adamw; adagrad wants 1e-10
  float weight_decay = 0;             ///< sgd, adam, adagrad: L2; adamw: decoupled
  float l1 = 0, l2 = 0;               ///< ftrl
  float beta = 1;                     ///< ftrl
  float initial = 0;                  ///< adagrad: sum of squares at the start
};

/// The learning rate over the steps, as a factor on `optimiser_spec::rate`.
struct schedule_spec {
  enum class shape : std::uint8_t { constant, step, cosine };

  shape kind = shape::constant;
  std::int64_t warm_up = 0; ///< steps over which the factor rises linearly from 1 / warm_up to 1
  std::int64_t every = 1;   ///< step: the factor is multiplied by `factor` after so many steps
  float factor = 0.1f;      ///< step
  std::int64_t total = 1;   ///< cosine: steps from 1 down to `floor`, without those of the warm-up
  float floor = 0;          ///< cosine
};

/// The factor for the step with that number, the first being 0.
float factor_at(const schedule_spec& schedule, std::int64_t step);

struct loss_spec {
  loss_function kind = loss_function::binary_cross_entropy;
  float gamma = 2; ///< focal
  /// One for each class, or one each for the labels 0 and 1 of a single output; empty = all 1.
  std::vector<float> class_weights;
};

/// All that makes a learner: what it computes, what it minimises, and how.
struct network_spec {
  std::int64_t channels = 1; ///< of an image; 1 for rows of features
  std::int64_t height = 1;
  std::int64_t width = 0; ///< features of a row, or the width of the image
  std::vector<layer_spec> layers;
  loss_spec loss;
  optimiser_spec optimiser;
  schedule_spec schedule;
  float clip_norm = 0; ///< longest gradient, over all weights; 0 = any
  std::uint64_t seed = 1;
  std::int64_t max_batch = 256; ///< rows of the largest step; memory is planned for it

  std::int64_t inputs() const noexcept { return channels * height * width; }
};

/// What the weights of a learner depend on, as text: "3x32x32 conv2d(64,3) relu ...". Two learners
/// with equal texts can take each other's weights.
std::string describe(const network_spec& spec);

} // namespace lepton::kernels::train
