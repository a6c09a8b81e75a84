#include "kernels/train/operation.hpp"

#include "kernels/train/ops/conv_operation.hpp"
#include "kernels/train/ops/dense_operation.hpp"
#include "kernels/train/ops/embedding_operation.hpp"
#include "kernels/train/ops/norm_operation.hpp"
#include "kernels/train/ops/pool_operation.hpp"
#include "kernels/train/ops/value_operations.hpp"

#include <fmt/format.h>

#include <cmath>

namespace lepton::kernels::train {

namespace {

using made = core::result<std::unique_ptr<operation>>;

constexpr std::int64_t max_width = 1 << 20;
constexpr std::int64_t max_table = 1 << 26;

core::error invalid(std::string why) {
  return {core::errc::invalid_argument, std::move(why)};
}

template <class Operation, class... Arguments>
made make(Arguments&&... arguments) {
  return std::unique_ptr<operation>{
      std::make_unique<Operation>(std::forward<Arguments>(arguments)...)};
}

/// The shape after a window has gone over the image.
core::result<tensor_shape> after_window(const layer_spec& s, const tensor_shape& in,
                                        std::int64_t channels) {
  if (in.flat)
    return invalid("needs an image, but gets a row of numbers");
  if (s.kernel < 1 || s.kernel > 64 || s.stride < 1 || s.stride > 64 || s.padding < 0 ||
      s.padding >= s.kernel)
    return invalid(fmt::format("has a window of {} with stride {} and padding {}", s.kernel,
                               s.stride, s.padding));
  if (in.height + 2 * s.padding < s.kernel || in.width + 2 * s.padding < s.kernel)
    return invalid(
        fmt::format("has a window of {} for an image of {}x{}", s.kernel, in.height, in.width));
  return tensor_shape{(in.height + 2 * s.padding - s.kernel) / s.stride + 1,
                      (in.width + 2 * s.padding - s.kernel) / s.stride + 1, channels,
                      padded(channels), false};
}

made make_conv(const layer_spec& s, const tensor_shape& in) {
  if (s.units < 1 || s.units > 4096)
    return invalid(fmt::format("has {} channels; 1 to 4096 are possible", s.units));
  const auto out = after_window(s, in, s.units);
  if (!out)
    return out.error();
  return make<conv_operation>(in, *out, s);
}

made make_pool(const layer_spec& s, const tensor_shape& in) {
  if (s.padding != 0)
    return invalid("has a padding; only conv2d can");
  const auto out = after_window(s, in, in.channels);
  if (!out)
    return out.error();
  return make<pool_operation>(in, *out, s);
}

made make_dense(const layer_spec& s, const tensor_shape& in) {
  if (!in.flat)
    return invalid("needs a row of numbers, but gets an image: put `flatten` before it");
  if (s.units < 1 || s.units > 65536)
    return invalid(fmt::format("has {} outputs; 1 to 65536 are possible", s.units));
  return make<dense_operation>(in, s.units);
}

made make_embedding(const layer_spec& s, const tensor_shape& in, std::uint64_t number) {
  if (number != 0 || !in.flat)
    return invalid("can only be the first layer, over rows of features");
  for (std::size_t i = 0; i < s.columns.size(); ++i) {
    const auto& c = s.columns[i];
    if (c.column < 0 || c.column >= in.channels)
      return invalid(fmt::format("names column {} of {}", c.column, in.channels));
    for (std::size_t j = 0; j < i; ++j)
      if (s.columns[j].column == c.column)
        return invalid(fmt::format("names column {} twice", c.column));
    if (c.cardinality < 1 || c.cardinality > 1 << 24 || c.dimension < 1 || c.dimension > 4096 ||
        c.cardinality * c.dimension > max_table)
      return invalid(fmt::format("has a table of {} x {} numbers for column {}", c.cardinality,
                                 c.dimension, c.column));
  }
  return make<embedding_operation>(in, s.columns);
}

made make_scale(const layer_spec& s, const tensor_shape& in) {
  if (!in.flat || in.pixels() != 1)
    return invalid("needs rows of features");
  const auto width = static_cast<std::size_t>(in.channels);
  if (s.center.size() != width || s.scale.size() != width)
    return invalid(fmt::format("has {} centers and {} scales for {} inputs", s.center.size(),
                               s.scale.size(), width));
  return make<scale_operation>(in, s);
}

core::result<void> must_be_row(const tensor_shape& in) {
  if (!in.flat || in.pixels() != 1)
    return invalid("needs the outputs of a dense layer");
  return {};
}

made make_norm(const layer_spec& s, const tensor_shape& in) {
  if (!(s.epsilon > 0) || !(s.momentum > 0) || s.momentum > 1)
    return invalid("needs an epsilon above 0 and a momentum in (0, 1]");
  if (s.type == layer_type::layer_norm) {
    LEPTON_TRY(must_be_row(in));
    return make<layer_norm_operation>(in, s.epsilon);
  }
  if (in.flat && in.pixels() != 1)
    return invalid("must stand before `flatten`, not after it");
  return make<batch_norm_operation>(in, s.epsilon, s.momentum);
}

made make_other(const layer_spec& s, const tensor_shape& in, std::uint64_t number) {
  switch (s.type) {
    case layer_type::relu: return make<activation_operation>(in, function::relu);
    case layer_type::gelu: return make<activation_operation>(in, function::gelu);
    case layer_type::tanh: return make<activation_operation>(in, function::tanh);
    case layer_type::sigmoid: return make<activation_operation>(in, function::sigmoid);
    case layer_type::softmax:
    case layer_type::log_softmax:
      LEPTON_TRY(must_be_row(in));
      return make<softmax_operation>(in, s.type == layer_type::log_softmax);
    case layer_type::dropout:
      if (!(s.rate >= 0 && s.rate < 1))
        return invalid(fmt::format("has a rate of {}; it must be in [0, 1)", s.rate));
      return make<dropout_operation>(in, s.rate, number);
    default: return make<flatten_operation>(in);
  }
}

} // namespace

memory_need operation::need(std::int64_t) const {
  return {};
}

core::result<void> operation::set(const std::vector<named_values>&) {
  return {};
}

core::result<const std::vector<float>*> find_values(const std::vector<named_values>& values,
                                                    std::string_view name, std::size_t count) {
  for (const auto& v : values) {
    if (v.name != name)
      continue;
    if (v.data.size() != count)
      return invalid(fmt::format("`{}` has {} numbers, not {}", name, v.data.size(), count));
    return &v.data;
  }
  return invalid(fmt::format("`{}` is missing", name));
}

core::result<std::unique_ptr<operation>>
make_operation(const layer_spec& spec, const tensor_shape& in, std::uint64_t number) {
  if (in.floats() > max_width * row_alignment)
    return invalid(fmt::format("gets {} numbers for each row", in.floats()));
  switch (spec.type) {
    case layer_type::dense: return make_dense(spec, in);
    case layer_type::conv2d: return make_conv(spec, in);
    case layer_type::embedding: return make_embedding(spec, in, number);
    case layer_type::scale: return make_scale(spec, in);
    case layer_type::flatten: return make<flatten_operation>(in);
    default: break;
  }
  if (!in.is_padded())
    return invalid("cannot be the first layer");
  switch (spec.type) {
    case layer_type::max_pool:
    case layer_type::average_pool: return make_pool(spec, in);
    case layer_type::batch_norm:
    case layer_type::layer_norm: return make_norm(spec, in);
    default: return make_other(spec, in, number);
  }
}

} // namespace lepton::kernels::train
