#include "kernels/load_model.hpp"

#include "kernels/cpu/native_model.hpp"
#include "kernels/openvino/openvino_model.hpp"
#include "kernels/trees/tree_model.hpp"

#include <fmt/format.h>

namespace lepton::kernels {

namespace {

core::error unsupported(std::string why) {
  return {core::errc::unsupported, std::move(why)};
}

loaded_model on_native(const model_file& file, cpu::cpu_target target, std::string_view reason) {
  auto net = std::make_shared<const cpu::packed_network>(*file.network(), target);
  const auto what = cpu::describe(*file.network());
  const auto make = [net, what]() -> core::result<std::unique_ptr<model>> {
    return std::unique_ptr<model>{std::make_unique<cpu::native_model>(net, what)};
  };
  return {backend::native, file.version(),
          fmt::format("backend: native ({}), {}", cpu::name(target), reason), make};
}

loaded_model on_native_trees(const model_file& file, cpu::cpu_target target,
                             std::string_view reason) {
  auto trees = std::make_shared<const trees::packed_trees>(*file.trees(), target);
  const auto what = trees::describe(*file.trees());
  const auto make = [trees, what]() -> core::result<std::unique_ptr<model>> {
    return std::unique_ptr<model>{std::make_unique<trees::tree_model>(trees, what)};
  };
  loaded_model to{backend::native, file.version(),
                  fmt::format("backend: native trees ({}), {}", trees::vectors_of(target), reason),
                  make};
  return to;
}

core::result<loaded_model> make_native(const model_file& file, const model_options& options) {
  const auto target =
      options.cpu_target.empty() ? cpu::choose_target() : cpu::choose_target(options.cpu_target);
  if (!target)
    return target.error();
  const auto what = file.trees() ? fmt::format("the model is {}", trees::describe(*file.trees()))
                                 : fmt::format("the graph is a {}", cpu::describe(*file.network()));
  const auto reason = options.backend == backend_choice::native
                          ? fmt::format("as asked for; {}", what)
                          : fmt::format("because {}", what);
  return file.trees() ? on_native_trees(file, *target, reason) : on_native(file, *target, reason);
}

core::result<loaded_model> make_openvino(const model_file& file, const model_options& options) {
  auto compiled = openvino::compiled_model::make(file.onnx().file, options.inputs, options.workers);
  if (!compiled && options.backend == backend_choice::automatic)
    return core::error{compiled.error().code(),
                       fmt::format("{} (and native cannot run the graph: {})",
                                   compiled.error().message(), file.why_not_native())};
  if (!compiled)
    return compiled.error();
  const auto reason =
      options.backend == backend_choice::openvino
          ? std::string{"as asked for"}
          : fmt::format("because native cannot run the graph: {}", file.why_not_native());
  const auto make = [shared = *compiled] { return openvino::openvino_model::make(shared); };
  return loaded_model{backend::openvino, file.version(),
                      fmt::format("backend: openvino (CPU), {}", reason), make};
}

core::result<backend> choose(const model_file& file, const model_options& options) {
  const auto where = options.device == device_choice::cuda ? device::cuda : device::cpu;
  const auto on = options.backend == backend_choice::native     ? backend::native
                  : options.backend == backend_choice::openvino ? backend::openvino
                  : can_run(file, backend::native, where)       ? backend::native
                                                                : backend::openvino;
  LEPTON_TRY(can_run(file, on, where));
  return on;
}

core::result<loaded_model> make_ready(const model_file& file, const model_options& options) {
  const auto on = choose(file, options);
  if (!on)
    return on.error();
  return *on == backend::native ? make_native(file, options) : make_openvino(file, options);
}

} // namespace

core::result<void> can_run(const model_file& file, backend on, device where) {
  if (where == device::cuda)
    return unsupported("this build runs no model on CUDA devices; use `device: cpu`");
  if (on == backend::openvino && file.format() != file_format::onnx)
    return unsupported("OpenVINO runs ONNX files only; use `backend: native` or `backend: auto`");
  if (on == backend::native && !file.network() && !file.trees())
    return unsupported(fmt::format("the native backend cannot run the graph: {}; use `backend: "
                                   "openvino` or `backend: auto`",
                                   file.why_not_native()));
  return {};
}

core::result<std::shared_ptr<const loaded_model>> load_model(const std::filesystem::path& path,
                                                             const model_options& options) {
  const auto file = model_file::read(path);
  if (!file)
    return file.error().with_context(path.string());
  auto ready = make_ready(*file, options);
  if (!ready)
    return ready.error().with_context(path.string());
  const auto sample = ready->instance();
  if (!sample)
    return sample.error().with_context(path.string());
  ready->inputs_ = (*sample)->inputs();
  ready->outputs_ = (*sample)->outputs();
  ready->memory_ = (*sample)->memory();
  ready->takes_missing_ = file->trees() != nullptr && ready->runs_on() == backend::native;
  return std::make_shared<const loaded_model>(std::move(*ready));
}

} // namespace lepton::kernels
