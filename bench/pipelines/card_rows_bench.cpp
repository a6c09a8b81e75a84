#include "bench/pipelines/card_rows.hpp"

#include <fmt/format.h>

#include <cmath>
#include <random>

namespace lepton::bench {

core::batch_ptr card_rows(std::int64_t rows) {
  using core::type_id;
  const auto schema = std::make_shared<const core::schema>(std::vector<core::field>{
      {"tx_id", {type_id::string, 0}, false},
      {"card_id", {type_id::int64, 0}, false},
      {"amount", {type_id::float64, 0}, false},
      {"ts", {type_id::timestamp_ms, 0}, false},
      {"f", {type_id::float32_list, 28}, false},
      {"score", {type_id::float64, 0}, false},
  });
  std::vector<core::ref_ptr<core::column>> columns;
  for (const auto& field : schema->fields()) {
    columns.push_back(core::make_ref<core::column>(field.type));
    if (!field.type.is_variable_size())
      columns.back()->resize_rows(rows);
  }
  std::mt19937_64 random{7};
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    columns[0]->append_string(fmt::format("tx-{:09}", row));
    columns[1]->as_mutable<std::int64_t>()[at] = static_cast<std::int64_t>(random() % 10000);
    columns[2]->as_mutable<double>()[at] = std::exp(3 + normal(random));
    columns[3]->as_mutable<std::int64_t>()[at] =
        1'700'000'000'000 + static_cast<std::int64_t>(random() % 31'536'000'000);
    for (std::size_t i = 0; i < 28; ++i)
      columns[4]->as_mutable<float>()[at * 28 + i] = static_cast<float>(normal(random));
    columns[5]->as_mutable<double>()[at] = uniform(random);
  }
  return core::make_ref<core::batch>(
      schema, std::vector<core::column_ptr>{columns.begin(), columns.end()}, rows);
}

} // namespace lepton::bench
