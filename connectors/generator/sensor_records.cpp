#include "connectors/generator/column_fill.hpp"
#include "connectors/generator/random.hpp"
#include "connectors/generator/record_kind.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace lepton::connectors {

namespace {

using core::type_id;

constexpr std::int64_t first_time_ms = 1'760'000'000'000; // 2025-10-09 08:53:20 UTC
constexpr std::int64_t between_ms = 40;
constexpr std::int64_t sensor_count = 2'400; // each measures about every 96 s
constexpr std::uint32_t broken_one_in = 500;

constexpr std::array<std::string_view, 12> roads{"A1", "A3",  "A8",  "A40",  "A99",  "B2",
                                                 "B9", "B27", "B51", "L121", "Ring", "Harbour"};
constexpr std::array<double, 6> limits{130, 120, 100, 100, 80, 50};

enum draw : std::uint64_t {
  load_draw,
  speed_draw,
  flow_draw,
  occupancy_draw,
  noise_draw,
  broken_draw
};

std::int64_t time_of(std::int64_t i) {
  return first_time_ms + i * between_ms;
}

/// 0 in the night, 1 in the rush hours.
double rush(int hour) {
  const auto peak = [&](double at, double width) {
    const double distance = (hour - at) / width;
    return std::exp(-distance * distance);
  };
  return std::min(1.0, peak(7.5, 2) + peak(17, 2.5) + 0.35 * peak(12.5, 5));
}

const std::array<double, 24>& rush_table() {
  static const auto table = [] {
    std::array<double, 24> out{};
    for (int hour = 0; hour < 24; ++hour)
      out[static_cast<std::size_t>(hour)] = rush(hour);
    return out;
  }();
  return table;
}

struct measurement {
  double speed = 0;
  double flow = 0;      ///< vehicles an hour
  double occupancy = 0; ///< share of the time that a vehicle is above the sensor
  bool congested = false;
};

double tenths(double value) {
  return std::nearbyint(value * 10) / 10;
}

/// Flow rises with the load up to the capacity of the road and falls behind it, while speed falls
/// and occupancy rises.
measurement measure(const record_random& random, double limit, double rush_level) {
  const double load =
      0.15 + 0.75 * rush_level + 0.22 * static_cast<double>(random.normal(load_draw));
  const double jam = 1 / (1 + std::exp(-9 * (load - 0.85)));
  const double relative =
      std::max(0.03, 1.02 - 0.8 * jam + 0.07 * static_cast<double>(random.normal(speed_draw)));
  measurement out;
  out.speed = tenths(limit * relative);
  out.flow = std::max(0.0, std::nearbyint(1900 * std::max(load, 0.03) * (1 - 0.55 * jam) +
                                          90 * static_cast<double>(random.normal(flow_draw))));
  const double occupancy = 0.04 + 0.12 * std::max(load, 0.0) + 0.4 * jam +
                           0.03 * static_cast<double>(random.normal(occupancy_draw));
  out.occupancy = std::nearbyint(std::clamp(occupancy, 0.0, 1.0) * 10000) / 10000;
  const double level = 2.2 * (0.55 - out.speed / limit) + 3 * (out.occupancy - 0.3) -
                       0.04 * (out.flow / 100 - 9) + 0.25 * rush_level - 0.15;
  out.congested = level + 0.08 * static_cast<double>(random.normal(noise_draw)) > 0;
  if (random.below(broken_draw, broken_one_in) == 0)
    out.speed = -1; // what such sensors send when they measure nothing
  return out;
}

std::vector<core::column_ptr> make_sensors(std::uint64_t seed, std::int64_t first,
                                           std::int64_t count) {
  const auto id = fixed_column({type_id::int64, 0}, count);
  const auto road = core::make_ref<core::column>(core::data_type{type_id::string, 0});
  const auto ts = fixed_column({type_id::timestamp_ms, 0}, count);
  std::array<core::ref_ptr<core::column>, 4> reals;
  for (auto& column : reals)
    column = fixed_column({type_id::float64, 0}, count);
  const auto congested = fixed_column({type_id::boolean, 0}, count);
  for (std::int64_t row = 0; row < count; ++row) {
    const auto record = first + row;
    const auto sensor = record % sensor_count;
    const auto name = static_cast<std::size_t>(sensor) % roads.size();
    const double limit = limits[name / 2];
    const auto time = time_of(record);
    const auto hour = static_cast<std::size_t>(time / 3'600'000 % 24);
    const auto one = measure({seed, record}, limit, rush_table()[hour]);
    id->values.as<std::int64_t>()[row] = sensor;
    road->append_string(roads[name]);
    ts->values.as<std::int64_t>()[row] = time;
    const std::array values{one.speed, one.flow, one.occupancy, limit};
    for (std::size_t k = 0; k < values.size(); ++k)
      reals[k]->values.as<double>()[row] = values[k];
    congested->set_boolean(row, one.congested);
  }
  return {id, road, ts, reals[0], reals[1], reals[2], reals[3], congested};
}

core::schema_ptr sensor_schema() {
  return std::make_shared<const core::schema>(
      std::vector<core::field>{{"sensor_id", {type_id::int64, 0}, false},
                               {"road", {type_id::string, 0}, false},
                               {"ts", {type_id::timestamp_ms, 0}, false},
                               {"speed", {type_id::float64, 0}, false},
                               {"flow", {type_id::float64, 0}, false},
                               {"occupancy", {type_id::float64, 0}, false},
                               {"limit", {type_id::float64, 0}, false},
                               {"congested", {type_id::boolean, 0}, false}});
}

} // namespace

const record_kind& sensor_records() {
  static const record_kind kind{"sensors", sensor_schema(), 6 * 8 + 8, make_sensors, time_of};
  return kind;
}

const record_kind& record_kind_of(std::string_view name) {
  return name == sensor_records().name ? sensor_records() : card_records();
}

} // namespace lepton::connectors
