#pragma once

#include "core/catalog.hpp"
#include "kernels/infer/infer_transform.hpp"
#include "kernels/load_model.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lepton::kernels {

/// Checks one `infer` against its input and its model file, and reports every problem with its
/// place. Loads the model, because its inputs and outputs decide the schema; does not run it.
class infer_binder {
public:
  infer_binder(const core::config& config, const core::schema& input,
               const core::bind_context& context)
      : config_{config}, input_{input}, context_{context} {}

  std::optional<core::bound_transform> bind();

private:
  bool read_features();
  bool read_feature(const core::value& item);
  bool read_impute();
  bool impute_one(const core::value_entry& entry);
  std::optional<float> number_of(const core::value& item);
  bool read_outputs();
  bool load();
  bool check_widths();
  bool check_missing();
  void make_schema();
  void error(core::source_span span, std::string message, std::string hint = {});

  core::bound_transform bound();
  std::int64_t chunk_rows() const;
  void set_batching(core::bound_transform& to) const;
  std::string known_columns() const;
  std::string feature_list() const;
  std::int64_t feature_count() const;

  const core::config& config_;
  const core::schema& input_;
  const core::bind_context& context_;
  std::vector<feature> features_;
  std::vector<std::string> outputs_;
  bool one_column_ = true; ///< `output`, not `outputs`
  std::shared_ptr<const loaded_model> model_;
  core::schema_ptr schema_;
};

} // namespace lepton::kernels
