#include "kernels/register_all.hpp"

#include "kernels/infer/register.hpp"

namespace lepton::kernels {

void register_all(core::catalog& catalog) {
  register_infer(catalog);
}

} // namespace lepton::kernels
