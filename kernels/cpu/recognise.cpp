#include "kernels/cpu/recognise.hpp"

#include "kernels/cpu/network_builder.hpp"
#include "kernels/cpu/onnx_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lepton::kernels::cpu {

namespace {

using onnx::node;
using onnx::tensor;
using doubles = std::vector<double>;

constexpr std::int64_t max_width = 65536;

core::error unsupported(std::string why) {
  return {core::errc::unsupported, std::move(why)};
}

core::error unsupported(const node& n, std::string_view why) {
  return unsupported(fmt::format("operator {} {}", onnx::printable(n.op), why));
}

core::result<doubles> doubles_of(const tensor& t) {
  if (t.type == onnx::element_type::float64 && t.raw.empty())
    return t.doubles;
  auto values = onnx::floats_of(t);
  if (!values)
    return values.error();
  return doubles(values->begin(), values->end());
}

/// Turns one operator after the other into calls of a network_builder.
class recogniser {
public:
  recogniser(const onnx_chain& chain, std::int64_t width, std::size_t rank)
      : chain_{chain}, builder_{width}, rank_{rank} {}

  core::result<void> add(const chain_link& link);
  core::result<dense_network> finish() { return builder_.finish(); }

private:
  core::result<void> add_gemm(const node& n, std::size_t data);
  core::result<void> add_matmul(const node& n, std::size_t data);
  core::result<std::int64_t> outputs_of(const node& n, const tensor& w,
                                        bool rows_are_outputs) const;
  core::result<void> add_matrix(const tensor& w, bool rows_are_outputs, double alpha, doubles bias);
  core::result<void> add_arithmetic(const node& n, std::size_t data);
  core::result<void> add_batch_normalization(const node& n);
  core::result<void> add_scaler(const node& n);
  core::result<void> add_softmax(const node& n);
  core::result<void> add_reshape(const node& n);
  core::result<void> add_without_effect(const node& n);
  core::result<doubles> vector_of(const node& n, const tensor* t, std::int64_t size) const;

  const onnx_chain& chain_;
  network_builder builder_;
  std::size_t rank_; ///< of the value so far: 1 = [N], 2 = [N, width]
};

core::result<void> recogniser::add(const chain_link& link) {
  const node& n = *link.node;
  const auto op = n.op;
  if (!n.domain.empty())
    return n.domain == "ai.onnx.ml" && op == "Scaler" ? add_scaler(n)
                                                      : unsupported(n, "is not known here");
  if (op == "Flatten" || op == "Reshape" || op == "Squeeze")
    return add_reshape(n);
  if (op == "Identity" || op == "Dropout" || op == "Cast")
    return add_without_effect(n);
  if (rank_ > 2)
    return unsupported(n, "works on more than two dimensions");
  if (op == "Gemm")
    return add_gemm(n, link.data_input);
  if (op == "MatMul")
    return add_matmul(n, link.data_input);
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div")
    return add_arithmetic(n, link.data_input);
  if (op == "BatchNormalization")
    return add_batch_normalization(n);
  if (op == "Softmax")
    return add_softmax(n);
  if (op == "Relu")
    return builder_.add_activation(activation::relu);
  if (op == "LeakyRelu")
    return builder_.add_activation(activation::leaky_relu, n.real_or("alpha", 0.01f));
  if (op == "Sigmoid")
    return builder_.add_activation(activation::sigmoid);
  if (op == "Tanh")
    return builder_.add_activation(activation::tanh);
  return unsupported(n, "is not known here");
}

core::result<void> recogniser::add_gemm(const node& n, std::size_t data) {
  const tensor* w = chain_.constant(n, 1);
  if (data != 0 || !w || n.integer_or("transA", 0) != 0)
    return unsupported(n, "must have the form X * W + b with a constant W");
  const bool rows_are_outputs = n.integer_or("transB", 0) != 0;
  const auto outputs = outputs_of(n, *w, rows_are_outputs);
  if (!outputs)
    return outputs.error();
  doubles bias(static_cast<std::size_t>(*outputs), 0.0);
  if (n.inputs.size() > 2 && !n.inputs[2].empty()) {
    auto c = vector_of(n, chain_.constant(n, 2), *outputs);
    if (!c)
      return c.error();
    const double beta = n.real_or("beta", 1.0f);
    std::transform(c->begin(), c->end(), bias.begin(), [=](double v) { return beta * v; });
  }
  return add_matrix(*w, rows_are_outputs, n.real_or("alpha", 1.0f), std::move(bias));
}

core::result<void> recogniser::add_matmul(const node& n, std::size_t data) {
  const tensor* w = chain_.constant(n, 1);
  if (data != 0 || !w)
    return unsupported(n, "must have the form X * W with a constant W");
  const auto outputs = outputs_of(n, *w, false);
  if (!outputs)
    return outputs.error();
  return add_matrix(*w, false, 1.0, doubles(static_cast<std::size_t>(*outputs), 0.0));
}

core::result<std::int64_t> recogniser::outputs_of(const node& n, const tensor& w,
                                                  bool rows_are_outputs) const {
  if (rank_ != 2 || w.dims.size() != 2)
    return unsupported(n, "does not multiply [N, k] by a matrix");
  const auto inputs = w.dims[rows_are_outputs ? 1 : 0];
  const auto outputs = w.dims[rows_are_outputs ? 0 : 1];
  if (inputs != builder_.width())
    return unsupported(
        n, fmt::format("has a weight for {} inputs but gets {}", inputs, builder_.width()));
  if (outputs < 1 || outputs > max_width)
    return unsupported(n, fmt::format("has {} outputs", outputs));
  return outputs;
}

core::result<void> recogniser::add_matrix(const tensor& w, bool rows_are_outputs, double alpha,
                                          doubles bias) {
  auto values = doubles_of(w);
  if (!values)
    return values.error();
  const auto inputs = builder_.width();
  const auto outputs = static_cast<std::int64_t>(bias.size());
  doubles weights(values->size());
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t i = 0; i < inputs; ++i) {
      const auto from = rows_are_outputs ? o * inputs + i : i * outputs + o;
      weights[static_cast<std::size_t>(o * inputs + i)] =
          alpha * (*values)[static_cast<std::size_t>(from)];
    }
  return builder_.add_dense(std::move(weights), std::move(bias));
}

core::result<void> recogniser::add_arithmetic(const node& n, std::size_t data) {
  auto c = vector_of(n, chain_.constant(n, 1 - data), builder_.width());
  if (!c)
    return c.error();
  doubles scale(c->size(), 1.0);
  doubles shift(c->size(), 0.0);
  for (std::size_t i = 0; i < c->size(); ++i) {
    const double v = (*c)[i];
    if (n.op == "Add")
      shift[i] = v;
    else if (n.op == "Mul")
      scale[i] = v;
    else if (n.op == "Sub")
      scale[i] = data == 0 ? 1.0 : -1.0, shift[i] = data == 0 ? -v : v;
    else if (data == 0)
      scale[i] = 1.0 / v;
    else
      return unsupported(n, "divides by a computed value");
  }
  return builder_.add_scaling(scale, shift);
}

core::result<void> recogniser::add_batch_normalization(const node& n) {
  doubles v[4]; // scale, bias, mean, variance
  for (std::size_t i = 0; i < 4; ++i) {
    auto values = vector_of(n, chain_.constant(n, i + 1), builder_.width());
    if (!values)
      return values.error();
    v[i] = std::move(*values);
  }
  const double epsilon = n.real_or("epsilon", 1e-5f);
  doubles& scale = v[0];
  doubles& center = v[2];
  for (std::size_t i = 0; i < scale.size(); ++i) {
    scale[i] /= std::sqrt(v[3][i] + epsilon);
    center[i] = -center[i];
  }
  LEPTON_TRY(builder_.add_scaling(doubles(scale.size(), 1.0), center));
  return builder_.add_scaling(scale, v[1]);
}

core::result<void> recogniser::add_scaler(const node& n) {
  doubles scale(static_cast<std::size_t>(builder_.width()), 1.0);
  doubles center(scale.size(), 0.0);
  for (auto [name, to] : {std::pair{"scale", &scale}, std::pair{"offset", &center}}) {
    const auto* a = n.find(name);
    if (!a)
      continue;
    if (a->reals.size() != 1 && a->reals.size() != to->size())
      return unsupported(
          n, fmt::format("has {} values of {} for {} inputs", a->reals.size(), name, to->size()));
    for (std::size_t i = 0; i < to->size(); ++i)
      (*to)[i] = a->reals[a->reals.size() == 1 ? 0 : i];
  }
  const doubles ones(scale.size(), 1.0), zeros(scale.size(), 0.0);
  std::transform(center.begin(), center.end(), center.begin(), std::negate<>{});
  LEPTON_TRY(builder_.add_scaling(ones, center));
  return builder_.add_scaling(scale, zeros);
}

core::result<void> recogniser::add_softmax(const node& n) {
  // Before operator set 13 the default was 1, then -1: the same for two dimensions.
  const auto axis = n.integer_or("axis", -1);
  if (rank_ != 2 || (axis != -1 && axis != 1))
    return unsupported(n, "does not run over the outputs of a row");
  return builder_.add_activation(activation::softmax);
}

/// Accepts what leaves every row in its place: [N, ...] to [N, width], and [N, 1] to [N].
core::result<void> recogniser::add_reshape(const node& n) {
  if (n.op == "Flatten") {
    if (n.integer_or("axis", 1) != 1 || rank_ < 2)
      return unsupported(n, "mixes rows");
    rank_ = 2;
    return {};
  }
  std::vector<std::int64_t> dims;
  if (const auto* shape = chain_.constant(n, 1)) {
    auto values = onnx::integers_of(*shape);
    if (!values)
      return values.error();
    dims = std::move(*values);
  }
  const auto width = builder_.width();
  if (n.op == "Squeeze") {
    if (const auto* axes = n.find("axes"))
      dims = axes->integers;
    if (rank_ != 2 || width != 1 || dims.size() != 1 || (dims[0] != 1 && dims[0] != -1))
      return unsupported(n, "mixes rows");
    rank_ = 1;
    return {};
  }
  const bool all_rows = !dims.empty() && (dims[0] == -1 || dims[0] == 0);
  const bool to_matrix = dims.size() == 2 && (dims[1] == width || (dims[1] == -1 && dims[0] == 0));
  const bool to_vector = dims.size() == 1 && dims[0] == -1 && width == 1;
  if (!all_rows || (!to_matrix && !to_vector))
    return unsupported(n, "mixes rows or has no constant shape");
  rank_ = to_matrix ? 2 : 1;
  return {};
}

core::result<void> recogniser::add_without_effect(const node& n) {
  if (n.op == "Cast" &&
      n.integer_or("to", 0) != static_cast<std::int64_t>(onnx::element_type::float32))
    return unsupported(n, "converts to something else than float32");
  // Dropout's third input switches training on; exports for inference leave it out or false.
  const auto* training = n.op == "Dropout" ? chain_.constant(n, 2) : nullptr;
  if (training && (training->raw.empty() ? !training->integers.empty() && training->integers[0]
                                         : training->raw[0] != 0))
    return unsupported(n, "is in training mode");
  return {};
}

/// A constant that goes with one row: one value for all, or `size` values.
core::result<doubles> recogniser::vector_of(const node& n, const tensor* t,
                                            std::int64_t size) const {
  if (!t)
    return unsupported(n, "needs a constant where it has a computed value");
  const bool one_row = t->dims.size() <= 1 || (t->dims.size() == 2 && t->dims[0] == 1);
  if (!one_row || t->dims.size() > rank_ || (t->count != 1 && t->count != size))
    return unsupported(n, fmt::format("has a constant of {} values for {}", t->count, size));
  auto values = doubles_of(*t);
  if (!values)
    return values.error();
  if (t->count == 1)
    values->assign(static_cast<std::size_t>(size), double{values->front()});
  return values;
}

} // namespace

std::int64_t row_width(const onnx::value_info& value) {
  if (!value.dims || value.dims->empty())
    return 0;
  std::int64_t width = 1;
  for (std::size_t i = 1; i < value.dims->size(); ++i) {
    const auto dim = (*value.dims)[i];
    if (dim < 1 || __builtin_mul_overflow(width, dim, &width))
      return 0;
  }
  return width;
}

core::result<dense_network> recognise(const onnx::model& from) {
  const auto chain = onnx_chain::of(from);
  if (!chain)
    return chain.error();
  const auto& input = from.inputs[0];
  if (input.type != onnx::element_type::float32)
    return unsupported("the input is " + to_string(input.type) + ", not float32");
  const auto width = row_width(input);
  if (width < 1 || width > max_width || input.dims->size() < 2)
    return unsupported("the input's shape is not [N, k] with a fixed k");
  recogniser to{*chain, width, input.dims->size()};
  for (const auto& link : chain->links())
    LEPTON_TRY(to.add(link));
  return to.finish();
}

} // namespace lepton::kernels::cpu
