#pragma once

#include "pipelines/expression/value_type.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines::expr {

/// The list on the right of `in`, sorted and without repeats. Only the vector of its type is used.
struct literal_set {
  std::vector<std::int64_t> integers; ///< also timestamps and bools
  std::vector<double> reals;          ///< without NaN
  std::vector<std::string> texts;

  void sort();
};

} // namespace lepton::pipelines::expr
