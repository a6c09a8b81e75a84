#include "connectors/generator/column_fill.hpp"
#include "connectors/generator/random.hpp"
#include "connectors/generator/record_kind.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace lepton::connectors {

namespace {

using core::type_id;

constexpr int feature_count = 28;
constexpr std::int64_t first_time_ms = 1'760'000'000'000; // 2025-10-09 08:53:20 UTC
constexpr std::int64_t between_ms = 172;                  // half a million payments a day
constexpr int id_size = 15;                               // "tx-" and 12 digits
constexpr std::uint32_t card_count = 200'000;
constexpr std::uint32_t merchant_count = 20'000;

// Which random number of a record is used for what; the features are the first.
enum draw : std::uint64_t { amount_draw = feature_count, card_draw, merchant_draw, noise_draw };

constexpr float log_amount_mean = 3.6f; // a typical payment is of 37
constexpr float log_amount_deviation = 1.1f;
constexpr float fraud_threshold = 5.326f; // two in a hundred are above it
constexpr float noise_deviation = 0.08f;

/// 1 at three in the night, -1 at three in the afternoon.
const std::array<float, 24>& night() {
  static const auto table = [] {
    std::array<float, 24> out{};
    for (int hour = 0; hour < 24; ++hour)
      out[static_cast<std::size_t>(hour)] =
          static_cast<float>(std::cos((hour - 3) * 2 * 3.14159265358979 / 24));
    return out;
  }();
  return table;
}

std::int64_t time_of(std::int64_t i) {
  return first_time_ms + i * between_ms;
}

/// How suspicious a payment is: spread over some features, the amount and the hour, with bends, so
/// that a linear model misses a part of it.
float suspicion(const float* f, float amount_z, float night_level) {
  const float linear = 0.9f * f[0] - 0.8f * f[3] + 0.7f * f[7] + 0.6f * f[11];
  const float bent =
      0.9f * std::fabs(f[2]) + 0.8f * std::max(f[14], 0.0f) + 0.7f * std::max(-f[20], 0.0f);
  return linear + bent + 0.6f * std::max(amount_z, 0.0f) + 0.5f * night_level;
}

void write_id(std::int64_t record, char* to) {
  std::copy_n("tx-", 3, to);
  for (int i = id_size - 1; i >= 3; --i, record /= 10)
    to[i] = static_cast<char>('0' + record % 10);
}

/// Four decimals, as such features come in practice.
float rounded(float value) {
  return std::nearbyint(value * 10000) / 10000;
}

struct card_columns {
  explicit card_columns(std::int64_t rows)
      : id{core::make_ref<core::column>(core::data_type{type_id::string, 0})},
        card{fixed_column({type_id::int64, 0}, rows)},
        merchant{fixed_column({type_id::int64, 0}, rows)},
        amount{fixed_column({type_id::float64, 0}, rows)},
        ts{fixed_column({type_id::timestamp_ms, 0}, rows)},
        f{fixed_column({type_id::float32_list, feature_count}, rows)},
        fraud{fixed_column({type_id::boolean, 0}, rows)} {
    id->rows = rows;
    id->values.resize(static_cast<std::size_t>(rows) * id_size);
    id->offsets.resize(static_cast<std::size_t>(rows + 1) * sizeof(std::int32_t));
    for (std::int64_t row = 0; row <= rows; ++row)
      id->offsets.as<std::int32_t>()[row] = static_cast<std::int32_t>(row * id_size);
  }

  void fill(std::int64_t row, std::int64_t record, const record_random& random) {
    float* const features = f->values.as<float>() + row * feature_count;
    for (int k = 0; k < feature_count; ++k)
      features[k] = rounded(random.normal(static_cast<std::uint64_t>(k)));
    const float amount_z = random.normal(amount_draw);
    const auto time = time_of(record);
    const auto hour = static_cast<std::size_t>(time / 3'600'000 % 24);
    const float level =
        suspicion(features, amount_z, night()[hour]) + noise_deviation * random.normal(noise_draw);
    write_id(record, id->values.as<char>() + row * id_size);
    card->values.as<std::int64_t>()[row] = random.below(card_draw, card_count);
    merchant->values.as<std::int64_t>()[row] = random.below(merchant_draw, merchant_count);
    amount->values.as<double>()[row] =
        std::nearbyint(std::exp(log_amount_mean + log_amount_deviation * amount_z) * 100) / 100.0;
    ts->values.as<std::int64_t>()[row] = time;
    fraud->set_boolean(row, level > fraud_threshold);
  }

  core::ref_ptr<core::column> id, card, merchant, amount, ts, f, fraud;
};

std::vector<core::column_ptr> make_cards(std::uint64_t seed, std::int64_t first,
                                         std::int64_t count) {
  card_columns columns{count};
  for (std::int64_t row = 0; row < count; ++row)
    columns.fill(row, first + row, record_random{seed, first + row});
  return {columns.id, columns.card, columns.merchant, columns.amount,
          columns.ts, columns.f,    columns.fraud};
}

core::schema_ptr card_schema() {
  return std::make_shared<const core::schema>(
      std::vector<core::field>{{"tx_id", {type_id::string, 0}, false},
                               {"card_id", {type_id::int64, 0}, false},
                               {"merchant_id", {type_id::int64, 0}, false},
                               {"amount", {type_id::float64, 0}, false},
                               {"ts", {type_id::timestamp_ms, 0}, false},
                               {"f", {type_id::float32_list, feature_count}, false},
                               {"is_fraud", {type_id::boolean, 0}, false}});
}

} // namespace

const record_kind& card_records() {
  static const record_kind kind{"cards", card_schema(), feature_count * 4 + 4 * 8 + id_size + 5,
                                make_cards, time_of};
  return kind;
}

} // namespace lepton::connectors
