#include "kernels/infer/infer_binder.hpp"

#include "kernels/infer/infer_spec.hpp"
#include "kernels/infer/register.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lepton::kernels {

namespace {

constexpr std::int64_t native_chunk_bytes = 128 << 10; ///< a part of a second-level cache
constexpr std::int64_t openvino_chunk_bytes = 1 << 20; ///< each call has a cost of its own
constexpr std::int64_t default_preferred_rows = 256;
constexpr core::duration longest_default_delay = std::chrono::milliseconds{10};
constexpr std::int64_t worker_memory = 128 << 10; ///< scratch of an instance, with a margin
constexpr std::int64_t max_outputs = 65536;

template <class Choice>
Choice choice_of(const std::string& text,
                 std::initializer_list<std::pair<const char*, Choice>> all) {
  for (const auto& [name, choice] : all)
    if (text == name)
      return choice;
  LEPTON_ASSERT(false);
  return {};
}

core::result<std::unique_ptr<core::transform>>
make_transform(const std::shared_ptr<const infer_plan>& plan,
               const std::shared_ptr<const loaded_model>& model, const core::run_context& run) {
  auto scorer = model->instance();
  if (!scorer)
    return scorer.error();
  auto made = std::make_unique<infer_transform>(plan, std::move(*scorer));
  LEPTON_TRY(made->warm_up());
  if (run.instance == 0)
    spdlog::info("{}: {}", run.component, model->note());
  return std::unique_ptr<core::transform>{std::move(made)};
}

} // namespace

void infer_binder::error(core::source_span span, std::string message, std::string hint) {
  context_.findings->error(span, std::move(message), std::move(hint));
}

std::optional<core::bound_transform> infer_binder::bind() {
  const bool features = read_features();
  const bool impute = read_impute();
  const bool outputs = read_outputs();
  if (!load() || !features || !impute || !outputs || !check_widths() || !check_missing())
    return std::nullopt;
  make_schema();
  return bound();
}

// ---- features -----------------------------------------------------------------------------------

bool infer_binder::read_features() {
  bool good = true;
  for (const auto& item : *config_["features"].list())
    good = read_feature(item) && good;
  return good;
}

bool infer_binder::read_feature(const core::value& item) {
  const auto& name = *item.text();
  const auto at = input_.index_of(name);
  if (!at) {
    const auto names = input_.names(); // `near` is a view into them
    const auto near = core::nearest(name, names);
    error(item.span, fmt::format("there is no column `{}`", name),
          near.empty() ? known_columns() : fmt::format("did you mean `{}`?", near));
    return false;
  }
  const auto type = input_[*at].type;
  if (!is_feature(type)) {
    error(item.span, fmt::format("`{}` is {}; a model takes numbers", name, core::to_string(type)),
          "derive a number from it");
    return false;
  }
  features_.push_back({name, *at, type});
  return true;
}

std::string infer_binder::known_columns() const {
  return fmt::format("the input has {}", fmt::join(input_.names(), ", "));
}

std::int64_t infer_binder::feature_count() const {
  std::int64_t count = 0;
  for (const auto& f : features_)
    count += f.width();
  return count;
}

std::string infer_binder::feature_list() const {
  std::vector<std::string> parts;
  for (const auto& f : features_)
    parts.push_back(f.width() == 1 ? f.name : fmt::format("{} ({})", f.name, f.width()));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// ---- missing values -----------------------------------------------------------------------------

std::optional<float> infer_binder::number_of(const core::value& item) {
  float number = 0;
  if (const auto* text = item.text()) {
    const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (code == std::errc{} && end == text->data() + text->size() && std::isfinite(number))
      return number;
  }
  error(item.span, "this is no number that float32 can hold", "write a number, e.g. 0 or 12.5");
  return std::nullopt;
}

bool infer_binder::read_impute() {
  if (!config_.has("impute"))
    return true;
  if (config_.text("missing") != "impute") {
    error(config_.span("impute"),
          fmt::format("`impute` has no effect while `missing` is {}", config_.text("missing")),
          "add `missing: impute`, or leave `impute` out");
    return false;
  }
  const auto& item = config_["impute"];
  if (const auto* entries = item.map()) {
    bool good = true;
    for (const auto& entry : *entries)
      good = impute_one(entry) && good;
    return good;
  }
  const auto number = number_of(item);
  for (auto& f : features_)
    f.impute = number.value_or(0.0f);
  return number.has_value();
}

bool infer_binder::impute_one(const core::value_entry& entry) {
  const auto number = number_of(entry.item);
  bool known = false;
  for (auto& f : features_) {
    if (f.name != entry.key)
      continue;
    f.impute = number.value_or(0.0f);
    known = true;
  }
  if (!known)
    error(entry.key_span, fmt::format("`{}` is not among the features", entry.key),
          fmt::format("the features are {}", feature_list()));
  return known && number;
}

// ---- outputs ------------------------------------------------------------------------------------

bool infer_binder::read_outputs() {
  one_column_ = config_.has("output");
  if (one_column_ == config_.has("outputs")) {
    error(one_column_ ? config_.span("outputs") : config_.object().span,
          one_column_ ? "`output` and `outputs` are both given"
                      : "the name of the new column is missing",
          "write `output: score`, or `outputs: [a, b]` for one column for each number");
    return false;
  }
  outputs_ = one_column_ ? std::vector{config_.text("output")} : config_.texts("outputs");
  const auto span = config_.span(one_column_ ? "output" : "outputs");
  bool good = true;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const auto& name = outputs_[i];
    const bool repeated =
        std::count(outputs_.begin(), outputs_.begin() + static_cast<std::ptrdiff_t>(i), name) != 0;
    if (!name.empty() && !repeated && !input_.index_of(name))
      continue;
    good = false;
    error(span,
          name.empty() ? std::string{"the name of a new column is empty"}
                       : fmt::format("there is already a column `{}`", name),
          "give the output another name");
  }
  return good;
}

// ---- model --------------------------------------------------------------------------------------

bool infer_binder::load() {
  if (config_.text("device") == "cuda") {
    error(config_.span("device"), "this build runs no model on CUDA devices",
          "write `device: cpu`, or leave it out");
    return false;
  }
  model_options options;
  options.backend =
      choice_of<backend_choice>(config_.text("backend"), {{"auto", backend_choice::automatic},
                                                          {"native", backend_choice::native},
                                                          {"openvino", backend_choice::openvino}});
  options.inputs = feature_count();
  options.workers = std::max(1, context_.workers);
  const auto path = std::filesystem::path{context_.directory} / config_.text("model");
  auto loaded = load_model(path, options);
  if (!loaded) {
    error(config_.span("model"),
          fmt::format("the model cannot be used: {}", loaded.error().message()),
          loaded.error().code() == core::errc::not_found
              ? "the path starts at the folder of this configuration file"
              : "");
    return false;
  }
  model_ = std::move(*loaded);
  return true;
}

bool infer_binder::check_widths() {
  bool good = true;
  if (feature_count() != model_->inputs()) {
    good = false;
    error(config_.span("features"),
          fmt::format("the model takes {} numbers, but the features give {}", model_->inputs(),
                      feature_count()),
          fmt::format("the features are {}", feature_list()));
  }
  const auto outputs = model_->outputs();
  if (!one_column_ && static_cast<std::int64_t>(outputs_.size()) != outputs) {
    good = false;
    error(
        config_.span("outputs"),
        fmt::format("the model gives {} numbers, but there are {} names", outputs, outputs_.size()),
        "name each of them, or use `output` for one column with all");
  }
  if (outputs > max_outputs) {
    good = false;
    error(config_.span("model"), fmt::format("the model gives {} numbers for a row; at most {} fit "
                                             "into a column",
                                             outputs, max_outputs));
  }
  return good;
}

bool infer_binder::check_missing() {
  if (config_.text("missing") != "pass" || model_->takes_missing())
    return true;
  error(config_.span("missing"), "this model has no rule for missing values",
        "only trees on the native backend have one; write `missing: impute` or `missing: reject`");
  return false;
}

void infer_binder::make_schema() {
  auto fields = input_.fields();
  const auto count = static_cast<std::int32_t>(model_->outputs());
  const bool is_list = one_column_ && count > 1;
  const core::data_type type = is_list ? core::data_type{core::type_id::float32_list, count}
                                       : core::data_type{core::type_id::float32};
  for (const auto& name : outputs_)
    fields.push_back({name, type, false});
  schema_ = std::make_shared<const core::schema>(std::move(fields));
}

// ---- result -------------------------------------------------------------------------------------

std::int64_t infer_binder::chunk_rows() const {
  const auto bytes =
      model_->runs_on() == backend::native ? native_chunk_bytes : openvino_chunk_bytes;
  const auto fitting = bytes / static_cast<std::int64_t>(sizeof(float)) / model_->inputs();
  return std::min(config_.integer("max_batch"), std::max<std::int64_t>(fitting, 96));
}

void infer_binder::set_batching(core::bound_transform& to) const {
  const bool asked_to_wait = config_.has("max_queue_delay");
  const bool waits = asked_to_wait || model_->runs_on() == backend::openvino;
  to.preferred_rows = config_.has("preferred_batch_size") ? config_.integer("preferred_batch_size")
                      : waits                             ? default_preferred_rows
                                                          : 0;
  if (asked_to_wait)
    to.max_queue_delay = config_.time("max_queue_delay");
  else if (to.preferred_rows != 0)
    to.max_queue_delay = std::min(context_.latency_target / 10, longest_default_delay);
}

core::bound_transform infer_binder::bound() {
  core::bound_transform to;
  to.outputs = {{"", schema_}};
  for (const auto& f : features_)
    to.reads.push_back(f.name);
  to.where = core::placement::inference;
  set_batching(to);
  const auto chunk = chunk_rows();
  to.memory =
      model_->memory() / std::max(1, context_.workers) + worker_memory +
      chunk * (model_->inputs() + model_->outputs()) * static_cast<std::int64_t>(sizeof(float));
  to.notes = {model_->note(), fmt::format("model: {}", model_->version())};
  const auto missing =
      choice_of<missing_policy>(config_.text("missing"), {{"reject", missing_policy::reject},
                                                          {"impute", missing_policy::impute},
                                                          {"pass", missing_policy::pass}});
  auto plan = std::make_shared<const infer_plan>(infer_plan{context_.component, model_->version(),
                                                            feature_gather{features_}, missing,
                                                            schema_, outputs_.size(), chunk});
  to.make = [plan = std::move(plan), model = model_](const core::run_context& run) {
    return make_transform(plan, model, run);
  };
  return to;
}

void register_infer(core::catalog& catalog) {
  catalog.add(core::transform_entry{infer_spec(),
                                    [](const core::config& config, const core::schema_ptr& input,
                                       const core::bind_context& context) {
                                      return infer_binder{config, *input, context}.bind();
                                    }});
}

} // namespace lepton::kernels
