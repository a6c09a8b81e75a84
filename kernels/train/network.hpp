#pragma once

#include "core/aligned_buffer.hpp"
#include "kernels/train/operation.hpp"

#include <memory>
#include <vector>

namespace lepton::kernels::train {

/// Zeroed floats on a 64-byte boundary that never move.
class float_block {
public:
  float_block() = default;
  explicit float_block(std::int64_t count);

  float* data() noexcept { return bytes_.as<float>(); }
  const float* data() const noexcept { return bytes_.as<float>(); }
  std::int64_t size() const noexcept { return count_; }

private:
  core::aligned_buffer bytes_;
  std::int64_t count_ = 0;
};

/// A chain of operations with all its memory: weights, gradients, and every buffer for batches of
/// up to `max_batch` rows. Nothing is allocated afterwards. Does not know losses or optimisers (see
/// learner). One thread at a time.
class network {
public:
  /// Errors: invalid_argument or unsupported, naming the layer; capacity above `max_floats`.
  static core::result<std::unique_ptr<network>> make(const network_spec& spec,
                                                     const train_ops& ops);

  /// Bound of all buffers together.
  static constexpr std::int64_t max_floats = std::int64_t{1} << 32;

  std::int64_t inputs() const noexcept { return input_.values(); }
  std::int64_t outputs() const noexcept { return operations_.back()->out().values(); }
  std::int64_t max_batch() const noexcept { return max_batch_; }
  std::int64_t memory() const noexcept;
  std::size_t size() const noexcept { return operations_.size(); }
  operation& at(std::size_t i) noexcept { return *operations_[i]; }
  const operation& at(std::size_t i) const noexcept { return *operations_[i]; }

  float_block& weights() noexcept { return weights_; }
  const float_block& weights() const noexcept { return weights_; }
  float_block& gradients() noexcept { return gradients_; }
  float_block& state() noexcept { return state_; }
  const float_block& state() const noexcept { return state_; }

  /// The first `count` operations (at least one) over `rows` rows of `x` [rows, inputs]. `x` must
  /// stay until `backward` is done. The result stays until the next call.
  rows_view forward(std::int64_t count, const float* x, std::int64_t rows, bool training,
                    std::uint64_t key);

  /// Where the gradient of the result of `forward` has to be.
  float* gradient_of_output() noexcept { return gradient_buffers_[0].data(); }

  /// Gradients of all weights after `forward` in training. With `input`, returns the gradient of x
  /// as rows of padded(inputs()) floats, else null.
  const float* backward(bool input);

  /// See operation::gathered_finite and operation::commit.
  bool gathered_finite() const;
  void commit();

private:
  struct slot {
    float* y = nullptr;
    bool in_place = false; ///< y is the output of the operation before
    bool skipped = false;  ///< forward is done by the operation before
  };

  network(const network_spec& spec, const train_ops& ops);
  core::result<void> add_operations(const network_spec& spec);
  core::result<void> plan();
  void plan_outputs(std::vector<std::int64_t>& offsets, std::int64_t& total);
  void bind();
  const float* arrange(const float* x, std::int64_t rows);

  const train_ops& ops_;
  std::int64_t max_batch_;
  tensor_shape input_;
  std::vector<std::unique_ptr<operation>> operations_;
  std::vector<bool> rectifies_; ///< which of them are a relu
  std::vector<slot> slots_;
  float_block weights_, gradients_, state_, extra_, outputs_, arranged_, pack_;
  float_block gradient_buffers_[2];
  pass pass_;
  const float* x_ = nullptr;
  std::size_t ran_ = 0;
};

} // namespace lepton::kernels::train
