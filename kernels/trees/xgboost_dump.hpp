#pragma once

#include "core/result.hpp"
#include "kernels/trees/tree_ensemble.hpp"
#include "kernels/trees/xgboost_tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::kernels::trees {

/// What a model file of XGBoost holds, in JSON or UBJSON, as events of a parser come in. Keeps only
/// what scoring needs, so its memory is bounded by a small multiple of the file. Does not parse
/// text or bytes.
class xgboost_dump {
public:
  bool begin_object();
  bool end_object();
  bool begin_array();
  bool end_array();
  bool key(std::string_view name);
  bool number(double value);
  bool text(std::string_view value);

  /// Set when an event was refused.
  const std::string& problem() const noexcept { return problem_; }

  /// The whole model, checked. Errors: malformed, unsupported (other boosters, unknown objectives,
  /// trees with several values in a leaf), capacity.
  core::result<tree_ensemble> finish();

private:
  using numbers = xgboost_tree::numbers;

  bool fail(std::string why);
  bool enter();
  void choose_target();
  bool is_tree_list() const;
  bool finish_tree();
  core::result<void> read_objective(tree_ensemble& to) const;
  core::result<void> read_base(tree_ensemble& to) const;
  core::result<void> read_targets(tree_ensemble& to);
  core::result<void> weigh(tree_ensemble& to) const;

  std::string path_; ///< "learner.gradient_booster.model.trees", with a '.' before each key
  std::vector<std::size_t> lengths_; ///< of `path_` at each open object or array
  numbers* numbers_ = nullptr;       ///< where numbers at this path go
  std::string* text_ = nullptr;      ///< where a text at this path goes
  bool in_tree_ = false;
  std::size_t tree_level_ = 0;

  std::string problem_;
  xgboost_tree raw_;
  std::vector<tree> trees_;
  category_sets sets_;
  numbers tree_info_, weight_drop_;
  std::string booster_, objective_, base_score_, num_class_, num_feature_, num_target_;
};

/// Parses XGBoost's JSON format. Errors: those of xgboost_dump, and malformed.
core::result<tree_ensemble> read_xgboost_json(std::string_view file);
/// Parses XGBoost's UBJSON format (`.ubj`).
core::result<tree_ensemble> read_xgboost_ubj(std::string_view file);

} // namespace lepton::kernels::trees
