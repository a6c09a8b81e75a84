#include "connectors/register_all.hpp"

#include "connectors/blackhole/register.hpp"
#include "connectors/console/register.hpp"
#include "connectors/evaluate/register.hpp"
#include "connectors/file/register.hpp"
#include "connectors/formats/register.hpp"
#include "connectors/generator/register.hpp"
#include "connectors/kafka/register.hpp"
#include "connectors/zeromq/register.hpp"

namespace lepton::connectors {

void register_all(core::catalog& catalog) {
  register_json(catalog);
  register_csv(catalog);
  register_raw(catalog);
  register_file_source(catalog);
  register_file_sink(catalog);
  register_generator(catalog);
  register_console_source(catalog);
  register_console_sink(catalog);
  register_evaluate(catalog);
  register_blackhole(catalog);
  register_kafka(catalog);
  register_zeromq(catalog);
}

} // namespace lepton::connectors
