#pragma once

#include <cstdint>

// What the training code asks of the vector code of one target. Plain data and function pointers:
// files compiled for other instructions include it and must not share inline code with the rest.
//
// Buffers are rows of `stride` floats of which `width` count; `stride` is a multiple of
// `row_alignment` and the rest of a row (its padding) is zero. Every function keeps it so.

namespace lepton::kernels::train {

/// Rows of every buffer but the caller's features are padded to this many floats.
inline constexpr std::int64_t row_alignment = 16;
/// Floats of `product::pack`.
inline constexpr std::int64_t pack_floats = 512 * 32;

/// C = A * B (+ bias) or C += A * B, with every dimension of A and B at its own distance, so that
/// products with transposed matrices and convolutions need no copies. The inner dimension runs over
/// `segments` pieces of `depth` values.
struct product {
  std::int64_t rows = 0;
  std::int64_t columns = 0; ///< a multiple of row_alignment
  std::int64_t depth = 0;
  std::int64_t segments = 1;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_column = 1, a_segment = 0;
  const float* b = nullptr;
  std::int64_t b_row = 0, b_segment = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
  const float* bias = nullptr; ///< `columns` values; null = none
  bool accumulate = false;     ///< add to what is in C; then `bias` must be null
  bool rectify = false;        ///< negative results become zero
  /// Above 0: B is read transposed, b[column * b_row + k], has this many columns (the rest are
  /// zero) and one segment; `pack` is then needed.
  std::int64_t transposed_columns = 0;
  float* pack = nullptr;
};

enum class function : std::uint8_t { relu, gelu, tanh, sigmoid };

/// A matrix of activations, or of gradients.
struct rows_view {
  float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t width = 0;
  std::int64_t stride = 0;
};

/// Zeroes each value with the probability of `drop / 2^24` and multiplies the others by `scale`.
/// Which ones depends on `key` and the place alone, so the same call does forward and backward.
struct dropout_call {
  rows_view x;
  std::uint32_t drop = 0;
  float scale = 1;
  std::uint64_t key = 0;
};

/// y = gamma * (x - mean) * inverse + beta; over rows (layer_norm) or over columns (batch_norm).
struct norm_call {
  rows_view x;
  float* y = nullptr;
  float* dy = nullptr;          ///< backward
  float* dx = nullptr;          ///< backward; null = not wanted
  const float* gamma = nullptr; ///< `width` values, as are beta and the gradients
  const float* beta = nullptr;
  float* dgamma = nullptr;
  float* dbeta = nullptr;
  float* mean = nullptr;    ///< one for each row or column: written by forward, read by backward
  float* inverse = nullptr; ///< 1 / sqrt(variance + epsilon), as `mean`
  float epsilon = 0;
};

/// Images are [height][width][channel stride].
struct pool_call {
  const float* x = nullptr;
  float* y = nullptr;
  std::int32_t* chosen = nullptr; ///< max: which value of the window won
  const float* dy = nullptr;
  float* dx = nullptr; ///< zeroed by the caller
  std::int64_t in_width = 0, out_height = 0, out_width = 0;
  std::int64_t channels = 0; ///< stride
  std::int64_t kernel = 0, stride = 0;
};

enum class loss_function : std::uint8_t {
  binary_cross_entropy, ///< labels in [0, 1] for each output; the sigmoid is inside
  cross_entropy,        ///< one class number a row; the softmax is inside
  mean_squared_error,   ///< a target for each output
  binary_focal,         ///< 0 or 1 for each output; the sigmoid is inside
  focal,                ///< one class number a row; the softmax is inside
};

/// Loss and its gradient for logits `z`. Labels are valid. The loss of a row counts `row_weight`
/// times; the weights of a call add up to 1.
struct loss_call {
  loss_function loss = loss_function::mean_squared_error;
  rows_view z;
  const float* labels = nullptr; ///< [rows, width], or [rows] of class numbers
  const float* row_weight = nullptr;
  float gamma = 2;     ///< focal: how little easy rows count
  float* dz = nullptr; ///< as `z`; null = only the loss
};

enum class optimiser : std::uint8_t { sgd, adam, adamw, adagrad, ftrl };

/// One update of `count` weights; gradients are multiplied by `gradient_scale` first.
struct update_call {
  optimiser kind = optimiser::sgd;
  std::int64_t count = 0; ///< a multiple of row_alignment
  float* weights = nullptr;
  const float* gradients = nullptr;
  float* first = nullptr;  ///< momentum; Adam: first moment; Adagrad: sum of squares; FTRL: z
  float* second = nullptr; ///< Adam: second moment; FTRL: n
  float gradient_scale = 1;
  float rate = 0;
  float beta1 = 0, beta2 = 0, epsilon = 0;
  float correction1 = 1, correction2 = 1; ///< Adam: 1 - beta^step
  float weight_decay = 0;
  float momentum = 0;
  bool nesterov = false;
  float l1 = 0, l2 = 0, beta = 0; ///< FTRL
};

/// The functions of one target. None allocates or throws.
struct train_ops {
  void (*multiply)(const product&);
  void (*transpose)(const float* from, std::int64_t rows, std::int64_t columns,
                    std::int64_t from_row, float* to, std::int64_t to_row);
  void (*activate)(function, const float* x, const rows_view& y);
  /// `value` is what forward gave (relu, tanh, sigmoid) or got (gelu); `dy` becomes the gradient.
  void (*activate_back)(function, const float* value, const rows_view& dy);
  void (*softmax)(const rows_view& y, bool logarithm);
  /// `y` is what `softmax` gave; `dy` becomes the gradient.
  void (*softmax_back)(const float* y, const rows_view& dy, bool logarithm);
  void (*dropout)(const dropout_call&);
  /// sum[j] += the sum of column j, over `stride` columns.
  void (*add_rows)(const rows_view& x, float* sum);
  void (*layer_norm)(const norm_call&);
  void (*layer_norm_back)(const norm_call&);
  /// Mean and variance (biased) of each column; `inverse` gets the variance.
  void (*column_moments)(const norm_call&);
  void (*batch_norm)(const norm_call&);
  void (*batch_norm_back)(const norm_call&);
  void (*max_pool)(const pool_call&);
  void (*max_pool_back)(const pool_call&);
  void (*average_pool)(const pool_call&);
  void (*average_pool_back)(const pool_call&);
  double (*loss)(const loss_call&);
  /// Not finite if one of the values is not, or if it is beyond about 1e19.
  double (*sum_of_squares)(const float* values, std::int64_t count);
  void (*update)(const update_call&);
};

/// One table for each target. Calling its functions on a CPU that lacks the instructions ends the
/// process; `choose_ops.hpp` chooses.
const train_ops& train_ops_generic() noexcept;
const train_ops& train_ops_avx2() noexcept;
const train_ops& train_ops_avx512() noexcept;

} // namespace lepton::kernels::train
