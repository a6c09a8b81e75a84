#include "kernels/infer/infer_spec.hpp"

namespace lepton::kernels {

namespace {

using core::field_spec;
using core::field_type;

std::vector<field_spec> model_fields() {
  return {
      {.name = "model",
       .type = field_type::text,
       .doc = "Path of a model file, from the folder of the configuration file: ONNX, or trees of "
              "XGBoost (JSON, UBJSON) or LightGBM (text).",
       .required = true},
      {.name = "features",
       .type = field_type::list,
       .doc = "Columns that go into the model, in its order: bools, numbers, timestamps and "
              "float32[N], "
              "each as float32, lists one element after the other.",
       .required = true,
       .fields = {{.name = "feature",
                   .type = field_type::column,
                   .doc = "A column of the input."}}},
      {.name = "output",
       .type = field_type::text,
       .doc = "New column with what the model gives: float32, or float32[N] if that is N numbers."},
      {.name = "outputs",
       .type = field_type::list,
       .doc = "Instead of `output`: new float32 columns, one for each number that the model gives.",
       .fields = {{.name = "output", .type = field_type::text, .doc = "Name of a new column."}}},
      {.name = "backend",
       .type = field_type::choice,
       .doc = "What runs the model: `native` is Lepton's own vector code for multi-layer "
              "perceptrons and "
              "trees, `openvino` takes any ONNX graph, `auto` takes native where it can.",
       .fallback = "auto",
       .choices = {"auto", "native", "openvino"}},
      {.name = "device",
       .type = field_type::choice,
       .doc = "Where the model runs; `auto` is the CPU in this build.",
       .fallback = "auto",
       .choices = {"auto", "cpu", "cuda"}},
  };
}

std::vector<field_spec> missing_fields() {
  return {
      {.name = "missing",
       .type = field_type::choice,
       .doc = "What to do with a row in which a feature is null, NaN or infinite: `reject` sends "
              "it to "
              "the error output, `impute` puts a number in its place, `pass` leaves nulls and NaN "
              "to a "
              "model of trees, which has learnt where they go, and rejects only what is infinite.",
       .fallback = "reject",
       .choices = {"reject", "impute", "pass"}},
      {.name = "impute",
       .type = field_type::any,
       .doc =
           "The number that stands in for a missing feature, or a number for each feature by name "
           "({amount: 12.5}); 0 where none is given. A list has one for all its elements."},
  };
}

std::vector<field_spec> batch_fields() {
  return {
      {.name = "preferred_batch_size",
       .type = field_type::integer,
       .doc = "Rows worth waiting for before the model is called; larger batches better and "
              "waits longer. 0 calls at once. By default 256 for openvino or with "
              "`max_queue_delay`, else 0.",
       .minimum = 0,
       .maximum = 65536},
      {.name = "max_batch",
       .type = field_type::integer,
       .doc = "Rows of one model call, at most; larger costs memory, smaller costs speed.",
       .fallback = "4096",
       .minimum = 1,
       .maximum = 65536},
      {.name = "max_queue_delay",
       .type = field_type::duration,
       .doc = "How long a row may wait for `preferred_batch_size` rows. By default a tenth of "
              "`latency_target`, 10ms at most; native without a `preferred_batch_size` does not "
              "wait, because it is as fast with few rows.",
       .minimum = 0},
  };
}

} // namespace

core::component_spec infer_spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::transform;
  spec.type = "infer";
  spec.summary = "Scores rows with a model: a network from an ONNX file, or trees.";
  spec.doc =
      "Adds one or more columns with what the model gives for the features of each row. All rows "
      "that "
      "wait go through the model together. `lepton plan` says which backend runs it and why.\n\n"
      "A row whose features are missing (see `missing`), or for which the model gives NaN or "
      "infinity, goes to the error output. Rows are stamped with the file's name and a hash of its "
      "content, e.g. `score=fraud.onnx@0f1e2d3c4b5a`.\n\n"
      "A timestamp as a feature is its milliseconds since 1970 in float32, which keeps steps of "
      "about "
      "two minutes; derive the hour or the day instead.";
  for (const auto& part : {model_fields(), missing_fields(), batch_fields()})
    spec.fields.insert(spec.fields.end(), part.begin(), part.end());
  spec.example = "type: infer\ninputs: [features]\nmodel: models/fraud_demo.onnx\n"
                 "features: [f, log_amount, hour]\noutput: score\n";
  return spec;
}

} // namespace lepton::kernels
