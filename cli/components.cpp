#include "cli/components.hpp"

#include "connectors/register_all.hpp"
#include "kernels/register_all.hpp"
#include "pipelines/operators/register_all.hpp"

namespace lepton::cli {

const core::catalog& components() {
  static const core::catalog all = [] {
    core::catalog catalog;
    connectors::register_all(catalog);
    pipelines::register_operators(catalog);
    kernels::register_all(catalog);
    return catalog;
  }();
  return all;
}

} // namespace lepton::cli
