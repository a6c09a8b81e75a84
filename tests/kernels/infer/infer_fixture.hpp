#pragma once

#include "core/catalog.hpp"
#include "kernels/register_all.hpp"
#include "tests/kernels/onnx_writer.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace lepton::tests {

/// Keeps what a transform emitted for one batch.
class kept_output final : public core::emitter {
public:
  void emit(std::size_t port, core::batch_ptr rows) override {
    EXPECT_EQ(port, 0u);
    emitted.push_back(std::move(rows));
  }
  void fail(const core::batch_ptr& in, std::span<const core::row_error> rows) override {
    failed_in = in;
    errors.insert(errors.end(), rows.begin(), rows.end());
  }
  void drop(std::int64_t, const char*) override { ADD_FAILURE() << "infer drops nothing"; }

  std::vector<core::batch_ptr> emitted;
  core::batch_ptr failed_in;
  std::vector<core::row_error> errors;
};

/// A checked configuration as the pipeline's binder would hand it over: defaults filled in.
class infer_config {
public:
  infer_config() {
    set("features", {});
    set("backend", "auto").set("device", "auto").set("missing", "reject");
    set_data("max_batch", std::int64_t{4096});
    set("model", "m.onnx");
  }

  infer_config& set(const std::string& key, const std::string& text) { return set_data(key, text); }
  infer_config& list(const std::string& key, const std::vector<std::string>& texts) {
    core::value_list items;
    for (const auto& text : texts)
      items.push_back(core::value{text, {}});
    return set_data(key, std::move(items));
  }
  infer_config& map(const std::string& key,
                    const std::vector<std::pair<std::string, std::string>>& all) {
    core::value_map entries;
    for (const auto& [name, text] : all)
      entries.push_back({name, {}, core::value{text, {}}});
    return set_data(key, std::move(entries));
  }
  infer_config& set_data(const std::string& key, core::value::data_type data) {
    std::erase_if(entries_, [&](const core::value_entry& e) { return e.key == key; });
    entries_.push_back({key, {}, core::value{std::move(data), {}}});
    return *this;
  }
  core::config get() const { return core::config{core::value{entries_, {}}}; }

private:
  core::value_map entries_;
};

inline core::schema_ptr schema_of(const std::vector<std::pair<std::string, std::string>>& columns) {
  std::vector<core::field> fields;
  for (const auto& [name, type] : columns)
    fields.push_back({name, *core::parse_data_type(type), true});
  return std::make_shared<const core::schema>(std::move(fields));
}

template <class T>
core::column_ptr column_of(const std::string& type, const std::vector<T>& values,
                           const std::vector<std::int64_t>& nulls = {}) {
  auto c = core::make_ref<core::column>(*core::parse_data_type(type));
  const auto width = static_cast<std::size_t>(std::max(1, c->type.list_size));
  c->resize_rows(static_cast<std::int64_t>(values.size() / width));
  if constexpr (std::is_same_v<T, bool>)
    for (std::size_t i = 0; i < values.size(); ++i)
      c->set_boolean(static_cast<std::int64_t>(i), values[i]);
  else
    std::copy(values.begin(), values.end(), c->as_mutable<T>().begin());
  for (const auto row : nulls)
    c->set_null(row);
  return c;
}

inline core::batch_ptr batch_of(const core::schema_ptr& schema,
                                std::vector<core::column_ptr> columns, std::int64_t rows) {
  return core::make_ref<core::batch>(schema, std::move(columns), rows);
}

/// Binds and makes `infer` for a model file that it writes first.
class infer_test : public ::testing::Test {
protected:
  const core::transform_entry& entry() const { return catalog_.transforms().front(); }

  std::optional<core::bound_transform> bind(const infer_config& config,
                                            const core::schema_ptr& input) {
    findings = {};
    core::bind_context context;
    context.component = "score";
    context.directory = dir.path().string();
    context.latency_target = std::chrono::milliseconds{50};
    context.findings = &findings;
    return entry().bind(config.get(), input, context);
  }

  std::unique_ptr<core::transform> make(const infer_config& config, const core::schema_ptr& input) {
    const auto bound = bind(config, input);
    for (const auto& finding : findings.all())
      ADD_FAILURE() << finding.message;
    if (!bound)
      return nullptr;
    core::run_context run;
    run.component = "score";
    run.metrics = &metrics_;
    auto made = bound->make(run);
    EXPECT_TRUE(made.ok());
    return made ? std::move(*made) : nullptr;
  }

  /// The message and hint of the only finding.
  std::string finding() const {
    if (findings.all().size() != 1)
      ADD_FAILURE() << findings.all().size() << " findings";
    return findings.all().empty() ? std::string{}
                                  : findings.all()[0].message + " | " + findings.all()[0].hint;
  }

  static std::vector<float> floats(const core::batch_ptr& rows, const char* column) {
    const auto values = (*rows)[*rows->schema->index_of(column)].as<float>();
    return {values.begin(), values.end()};
  }

  temp_dir dir;
  core::diagnostics findings;

private:
  static core::catalog filled() {
    core::catalog catalog;
    kernels::register_all(catalog);
    return catalog;
  }

  core::catalog catalog_ = filled();
  core::metrics_registry metrics_;
};

/// A model that adds up `width` features with the weights 1, 2, 4, ...
inline std::string sum_file(std::int64_t width, const char* last = "") {
  onnx_writer w{width};
  std::vector<float> weights;
  for (std::int64_t i = 0; i < width; ++i)
    weights.push_back(static_cast<float>(1 << i));
  w.op("MatMul", {w.constant({width, 1}, weights)});
  if (*last)
    w.op(last);
  return w.file({-1, 1});
}

} // namespace lepton::tests
