#pragma once

#include "kernels/cpu/dense_network.hpp"

#include <oneapi/dnnl/dnnl.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace lepton::bench {

/// The same perceptron as inner-product primitives of oneDNN, with the activations fused and the
/// weights in the layout that it asks for: the way its documentation recommends. One thread.
class dnnl_mlp {
public:
  dnnl_mlp(const kernels::cpu::dense_network& net, std::int64_t rows)
      : engine_{dnnl::engine::kind::cpu, 0}, stream_{engine_} {
    using tag = dnnl::memory::format_tag;
    dnnl::memory::desc in{{rows, net.inputs}, dnnl::memory::data_type::f32, tag::ab};
    input_ = dnnl::memory{in, engine_, nullptr};
    dnnl::memory source = input_;
    for (const auto& layer : net.layers)
      source = add(layer, rows, source);
    output_ = source;
  }

  void run(const float* x) {
    input_.set_data_handle(const_cast<float*>(x));
    for (std::size_t i = 0; i < steps_.size(); ++i)
      steps_[i].execute(stream_, arguments_[i]);
    stream_.wait();
  }
  const float* output() const { return static_cast<const float*>(output_.get_data_handle()); }

private:
  dnnl::memory add(const kernels::cpu::dense_layer& layer, std::int64_t rows,
                   const dnnl::memory& source) {
    using tag = dnnl::memory::format_tag;
    using desc = dnnl::memory::desc;
    const auto f32 = dnnl::memory::data_type::f32;
    const desc any_weights{{layer.outputs, layer.inputs}, f32, tag::any};
    const desc bias_desc{{layer.outputs}, f32, tag::a};
    const desc to_desc{{rows, layer.outputs}, f32, tag::ab};
    dnnl::inner_product_forward::desc how{dnnl::prop_kind::forward_inference, source.get_desc(),
                                          any_weights, bias_desc, to_desc};
    dnnl::post_ops post;
    if (layer.act == kernels::cpu::activation::relu)
      post.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    if (layer.act == kernels::cpu::activation::sigmoid)
      post.append_eltwise(1.0f, dnnl::algorithm::eltwise_logistic, 0.0f, 0.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(post);
    dnnl::inner_product_forward::primitive_desc chosen{how, attributes, engine_};
    dnnl::memory plain{{{layer.outputs, layer.inputs}, f32, tag::ab},
                       engine_,
                       const_cast<float*>(layer.weights.data())};
    dnnl::memory weights{chosen.weights_desc(), engine_};
    dnnl::reorder{plain, weights}.execute(stream_, plain, weights);
    dnnl::memory bias{bias_desc, engine_, const_cast<float*>(layer.bias.data())};
    dnnl::memory to{to_desc, engine_};
    steps_.emplace_back(chosen);
    arguments_.push_back({{DNNL_ARG_SRC, source},
                          {DNNL_ARG_WEIGHTS, weights},
                          {DNNL_ARG_BIAS, bias},
                          {DNNL_ARG_DST, to}});
    stream_.wait();
    return to;
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::memory input_, output_;
  std::vector<dnnl::inner_product_forward> steps_;
  std::vector<std::unordered_map<int, dnnl::memory>> arguments_;
};

} // namespace lepton::bench
