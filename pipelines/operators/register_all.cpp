#include "pipelines/operators/register_all.hpp"

#include "pipelines/operators/derive.hpp"
#include "pipelines/operators/filter.hpp"
#include "pipelines/operators/open_fields.hpp"
#include "pipelines/operators/route.hpp"
#include "pipelines/operators/sample.hpp"
#include "pipelines/operators/seal_fields.hpp"
#include "pipelines/operators/select.hpp"
#include "pipelines/operators/throttle.hpp"

namespace lepton::pipelines {

void register_operators(core::catalog& catalog) {
  catalog.add(derive_entry());
  catalog.add(filter_entry());
  catalog.add(open_fields_entry());
  catalog.add(route_entry());
  catalog.add(sample_entry());
  catalog.add(seal_fields_entry());
  catalog.add(select_entry());
  catalog.add(throttle_entry());
}

} // namespace lepton::pipelines
