#pragma once

#include "core/result.hpp"
#include "kernels/train/counter_random.hpp"
#include "kernels/train/network_spec.hpp"
#include "kernels/train/tensor_shape.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lepton::kernels::train {

/// What goes with one walk over the operations.
struct pass {
  const train_ops* ops = nullptr;
  std::int64_t rows = 0;
  bool training = false;
  std::uint64_t key = 0; ///< changes from step to step
  float* pack = nullptr; ///< see product::pack
};

/// Floats that an operation asks for; `extra` is for the largest batch.
struct memory_need {
  std::int64_t weights = 0;
  std::int64_t state = 0; ///< kept from step to step but not trained
  std::int64_t extra = 0; ///< of no use after the step
};

struct memory_grant {
  float* weights = nullptr;
  float* gradients = nullptr;
  float* state = nullptr;
  float* extra = nullptr;
};

/// Numbers of a layer in the order of ONNX and PyTorch, e.g. "weight" [outputs, inputs].
struct named_values {
  std::string name;
  std::vector<std::int64_t> dims;
  std::vector<float> data;
};

/// One layer that computes: forward, and backward with the gradient of its weights. Owns no
/// buffers: the learner plans them all. Does not check its input.
class operation {
public:
  operation(const tensor_shape& in, const tensor_shape& out) : in_{in}, out_{out} {}
  virtual ~operation() = default;

  const tensor_shape& in() const noexcept { return in_; }
  const tensor_shape& out() const noexcept { return out_; }

  virtual memory_need need(std::int64_t max_rows) const;
  virtual void bind(const memory_grant&) {}
  virtual void initialise(counter_random&) {}

  /// True if y may be x and dx may be dy.
  virtual bool in_place() const noexcept { return false; }
  /// True if backward reads y, so that the next operation must not write over it.
  virtual bool keeps_output() const noexcept { return false; }

  /// Asks it to do the relu that follows on the same buffer; false if it cannot.
  virtual bool take_rectifier() { return false; }

  virtual void forward(const pass& p, const float* x, float* y) = 0;
  /// Writes the gradient of its weights, and `dx` unless that is null. May use up `dy`.
  virtual void backward(const pass& p, const float* x, const float* y, float* dy, float* dx) = 0;
  /// False if what training gathered beside the gradients is not finite.
  virtual bool gathered_finite() const { return true; }
  /// The step was applied: what training gathered beside the gradients counts from now on.
  virtual void commit() {}
  /// False if `backward` cannot give `dx`.
  virtual bool gives_input_gradient() const noexcept { return true; }

  virtual std::vector<named_values> values() const { return {}; }
  /// Takes what `values` of an equal operation gave. Errors: wrong names or sizes.
  virtual core::result<void> set(const std::vector<named_values>& values);

protected:
  rows_view view_of_output(const pass& p, float* data) const noexcept {
    return {data, p.rows * out_.pixels(), out_.channels, out_.stride};
  }

private:
  tensor_shape in_, out_;
};

/// The value of that name, if it has that many numbers.
core::result<const std::vector<float>*> find_values(const std::vector<named_values>& values,
                                                    std::string_view name, std::size_t count);

/// Makes the operation for a layer whose input is `in`. `number` is its place in the network.
/// Errors (invalid_argument, unsupported) say what does not fit, without the place.
core::result<std::unique_ptr<operation>>
make_operation(const layer_spec& spec, const tensor_shape& in, std::uint64_t number);

} // namespace lepton::kernels::train
