#include "bench/kernels/xgboost_library.hpp"

#include <fmt/format.h>

#include <dlfcn.h>

#include <cstdlib>
#include <limits>

namespace lepton::bench {

// Declarations after xgboost/c_api.h, version 3.
struct xgboost_library::functions {
  int (*create)(void* const*, std::uint64_t, void**) = nullptr;
  int (*free)(void*) = nullptr;
  int (*load)(void*, const char*) = nullptr;
  int (*set)(void*, const char*, const char*) = nullptr;
  int (*predict_dense)(void*, const char*, const char*, void*, const std::uint64_t**,
                       std::uint64_t*, const float**) = nullptr;
  int (*make_proxy)(void**) = nullptr;
  int (*make_matrix)(const char*, const char*, void**) = nullptr;
  int (*free_matrix)(void*) = nullptr;
  int (*predict_matrix)(void*, void*, const char*, const std::uint64_t**, std::uint64_t*,
                        const float**) = nullptr;
};

namespace {

template <class Function>
bool find(void* library, const char* name, Function& to) {
  to = reinterpret_cast<Function>(::dlsym(library, name));
  return to != nullptr;
}

std::string array_interface(const float* x, std::int64_t rows, std::int64_t columns) {
  return fmt::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                     reinterpret_cast<std::uintptr_t>(x), rows, columns);
}

constexpr const char* prediction = R"({"type":0,"training":false,"iteration_begin":0,)"
                                   R"("iteration_end":0,"strict_shape":false,"missing":NaN,)"
                                   R"("cache_id":0})";

} // namespace

std::unique_ptr<xgboost_library> xgboost_library::open(const std::string& library,
                                                       const std::string& model) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::unique_ptr<xgboost_library> to{new xgboost_library};
  to->call_ = std::make_unique<functions>();
  auto& call = *to->call_;
  const bool found = handle && find(handle, "XGBoosterCreate", call.create) &&
                     find(handle, "XGBoosterFree", call.free) &&
                     find(handle, "XGBoosterLoadModel", call.load) &&
                     find(handle, "XGBoosterSetParam", call.set) &&
                     find(handle, "XGBoosterPredictFromDense", call.predict_dense) &&
                     find(handle, "XGProxyDMatrixCreate", call.make_proxy) &&
                     find(handle, "XGDMatrixCreateFromDense", call.make_matrix) &&
                     find(handle, "XGDMatrixFree", call.free_matrix) &&
                     find(handle, "XGBoosterPredictFromDMatrix", call.predict_matrix);
  if (!found || call.create(nullptr, 0, &to->booster_) != 0 ||
      call.load(to->booster_, model.c_str()) != 0 || call.set(to->booster_, "nthread", "1") != 0 ||
      call.make_proxy(&to->proxy_) != 0)
    return nullptr;
  return to;
}

xgboost_library::~xgboost_library() {
  if (proxy_)
    call_->free_matrix(proxy_);
  if (booster_)
    call_->free(booster_);
}

const float* xgboost_library::predict(const float* x, std::int64_t rows, std::int64_t columns) {
  const std::uint64_t* shape = nullptr;
  std::uint64_t dims = 0;
  const float* result = nullptr;
  const auto values = array_interface(x, rows, columns);
  return call_->predict_dense(booster_, values.c_str(), prediction, proxy_, &shape, &dims,
                              &result) == 0
             ? result
             : nullptr;
}

void* xgboost_library::make_matrix(const float* x, std::int64_t rows, std::int64_t columns) {
  void* matrix = nullptr;
  const auto values = array_interface(x, rows, columns);
  call_->make_matrix(values.c_str(), R"({"missing":NaN,"nthread":1})", &matrix);
  return matrix;
}

void xgboost_library::free_matrix(void* matrix) {
  call_->free_matrix(matrix);
}

const float* xgboost_library::predict(void* matrix) {
  const std::uint64_t* shape = nullptr;
  std::uint64_t dims = 0;
  const float* result = nullptr;
  return call_->predict_matrix(booster_, matrix, prediction, &shape, &dims, &result) == 0 ? result
                                                                                          : nullptr;
}

} // namespace lepton::bench
