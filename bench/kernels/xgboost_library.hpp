#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lepton::bench {

/// XGBoost through its C interface, from the shared library at a path; nothing of it is compiled
/// in. One thread.
class xgboost_library {
public:
  /// Null if the library or the model cannot be opened.
  static std::unique_ptr<xgboost_library> open(const std::string& library,
                                               const std::string& model);
  ~xgboost_library();

  /// In-place prediction: `x` is [rows, columns], row-major. The result is valid until the next
  /// call; null on an error.
  const float* predict(const float* x, std::int64_t rows, std::int64_t columns);

  /// Rows that were copied into XGBoost's own form.
  void* make_matrix(const float* x, std::int64_t rows, std::int64_t columns);
  void free_matrix(void* matrix);
  /// Prediction from that form. The first call for a matrix computes; later ones would find the
  /// result in a cache, so use a new one for each.
  const float* predict(void* matrix);

private:
  struct functions;
  xgboost_library() = default;

  std::unique_ptr<functions> call_;
  void* booster_ = nullptr;
  void* proxy_ = nullptr;
};

} // namespace lepton::bench
