#pragma once

#include "core/result.hpp"
#include "kernels/openvino/module_api.hpp"

namespace lepton::kernels::openvino {

/// The module with OpenVINO in it, `liblepton_openvino.so`, opened at the first call and kept open
/// until the process ends: a pipeline without it pays neither its memory nor its start. Looked for
/// beside the program and in ../lib/lepton. Thread-safe. Errors: `unsupported` if this build was
/// made without OpenVINO, `not_found` if the module or a library that it needs is not there.
core::result<const module_api*> open_module();

} // namespace lepton::kernels::openvino
