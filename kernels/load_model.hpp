#pragma once

#include "core/result.hpp"
#include "kernels/model.hpp"
#include "kernels/model_file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace lepton::kernels {

/// What the user asks for: `backend:` and `device:` of `infer`.
enum class backend_choice : std::uint8_t { automatic, native, openvino };
enum class device_choice : std::uint8_t { automatic, cpu, cuda };

/// What can run a model.
enum class backend : std::uint8_t { native, openvino };
enum class device : std::uint8_t { cpu, cuda };

/// Success if that backend can run the model on that device in this build on this machine, else
/// `unsupported` with the reason and what to do. The one rule for planner and kernel. Opens
/// nothing: OpenVINO may still refuse an operator when it compiles.
core::result<void> can_run(const model_file& file, backend on, device where);

struct model_options {
  backend_choice backend = backend_choice::automatic;
  device_choice device = device_choice::automatic;
  std::int64_t inputs = 0; ///< numbers of a row, for a model that leaves its width open
  int workers = 1;         ///< instances that run at the same time
  std::string
      cpu_target; ///< forces "generic", "avx2" or "avx512"; empty = LEPTON_CPU, then the best
};

/// A model that is ready to run, shared by all workers; immutable and thread-safe. Does not score
/// itself: each worker makes an instance.
class loaded_model {
public:
  using factory = std::function<core::result<std::unique_ptr<model>>()>;

  loaded_model(backend on, std::string version, std::string note, factory make)
      : backend_{on}, version_{std::move(version)}, note_{std::move(note)}, make_{std::move(make)} {
  }

  backend runs_on() const noexcept { return backend_; }
  std::int64_t inputs() const noexcept { return inputs_; }
  std::int64_t outputs() const noexcept { return outputs_; }
  /// Bytes of one instance; shared weights count in full.
  std::int64_t memory() const noexcept { return memory_; }
  /// True if NaN is a missing value to the model, which has a rule for it.
  bool takes_missing() const noexcept { return takes_missing_; }
  /// See model_file::version.
  const std::string& version() const noexcept { return version_; }
  /// "backend: native (avx512), because the graph is a 30-64-32-1 perceptron (Relu ...)".
  const std::string& note() const noexcept { return note_; }

  /// A new instance for one thread. Errors: those of the backend.
  core::result<std::unique_ptr<model>> instance() const { return make_(); }

private:
  friend core::result<std::shared_ptr<const loaded_model>> load_model(const std::filesystem::path&,
                                                                      const model_options&);

  backend backend_;
  std::string version_;
  std::string note_;
  factory make_;
  std::int64_t inputs_ = 0;
  std::int64_t outputs_ = 0;
  std::int64_t memory_ = 0;
  bool takes_missing_ = false;
};

/// Reads a model file (ONNX, XGBoost JSON or UBJSON, LightGBM text) and makes it ready. `automatic`
/// takes `native` where `can_run` says yes, else OpenVINO. Errors: those of model_file::read,
/// can_run and the backend, with the path in front.
core::result<std::shared_ptr<const loaded_model>> load_model(const std::filesystem::path& path,
                                                             const model_options& options);

} // namespace lepton::kernels
