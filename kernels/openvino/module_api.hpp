#pragma once

#include <cstddef>
#include <cstdint>

// What liblepton_openvino.so exports. Plain C types only: the module and the program that opens it
// share no C++ objects, so that neither allocator nor exception crosses the border.

namespace lepton::kernels::openvino {

/// Where the module writes why something failed: a text that ends with zero, cut off to fit.
struct failure_text {
  char text[512];
};

/// What a compiled model takes and gives in one row.
struct model_shape {
  std::int64_t inputs;
  std::int64_t outputs;
};

/// The functions of the module. All may be called from any thread; one request is used by one
/// thread at a time. None throws; those that can fail return null or false and fill `why`.
struct module_api {
  std::uint32_t version; ///< `module_version` of the headers it was compiled with

  const char* (*library_version)();

  /// Compiles an ONNX file that is in memory. `width` is the number of values of a row, for a model
  /// that leaves it open; `streams` requests can run at the same time, each on its caller's thread.
  void* (*compile)(const char* onnx, std::size_t size, std::int64_t width, int streams,
                   model_shape* shape, failure_text* why);
  void (*release)(void* compiled);

  /// The compiled model must outlive its requests.
  void* (*make_request)(void* compiled, failure_text* why);
  void (*release_request)(void* request);

  /// As `model::run`.
  bool (*run)(void* request, const float* x, std::int64_t rows, float* y, failure_text* why);
};

inline constexpr std::uint32_t module_version = 1;

/// The one symbol that is looked up, and its type.
inline constexpr const char* module_entry = "lepton_openvino_api";
using module_entry_function = const module_api* (*)();

} // namespace lepton::kernels::openvino
