#include "bench/connectors/card_records.hpp"

#include <fmt/format.h>

#include <random>

namespace lepton::bench {

namespace {

std::string card_record(std::int64_t i, std::mt19937_64& random) {
  static constexpr const char* channels[] = {"pos", "web", "app", "atm"};
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution{low, high}(random);
  };
  std::normal_distribution normal{0.0, 1.0};
  auto text =
      fmt::format("{{\"tx_id\":\"tx-{:08d}-{:08x}\",\"card_id\":{},\"merchant_id\":{},"
                  "\"amount\":{:.2f},\"ts\":{},\"lat\":{:.5f},\"lon\":{:.5f},\"mcc\":{},"
                  "\"channel\":\"{}\",\"f\":[",
                  i, static_cast<std::uint32_t>(random()), random() % 200000, random() % 20000,
                  std::exp(uniform(-0.5, 8)), 1760000000000 + i * 172, uniform(25, 49),
                  uniform(-124, -68), 4000 + random() % 5000, channels[random() % 4]);
  for (int k = 0; k < 28; ++k)
    text += fmt::format("{}{:.4f}", k == 0 ? "" : ",", normal(random) * (1.96 - 0.06 * k));
  return text + "]}";
}

} // namespace

std::vector<std::string> card_records(std::int64_t count) {
  std::mt19937_64 random{42};
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < count; ++i)
    texts.push_back(card_record(i, random));
  return texts;
}

std::vector<core::schema_entry> card_schema() {
  const auto entry = [](const char* name, const char* type) {
    core::schema_entry e;
    e.field = {name, *core::parse_data_type(type), false};
    e.path = {name};
    return e;
  };
  return {entry("tx_id", "string"), entry("card_id", "int64"), entry("amount", "float64"),
          entry("ts", "timestamp_ms"), entry("f", "float32[28]")};
}

record_batch::record_batch(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    records_.push_back({text, {}, static_cast<std::int64_t>(records_.size()), -1});
    byte_count += static_cast<std::int64_t>(text.size());
  }
  record_count = static_cast<std::int64_t>(records_.size());
}

std::vector<core::ref_ptr<record_batch>> batches_of(const std::vector<std::string>& texts,
                                                    std::size_t size) {
  std::vector<core::ref_ptr<record_batch>> out;
  static std::vector<std::vector<std::string>> kept;
  for (std::size_t i = 0; i < texts.size(); i += size) {
    const auto end = std::min(i + size, texts.size());
    kept.emplace_back(texts.begin() + static_cast<std::ptrdiff_t>(i),
                      texts.begin() + static_cast<std::ptrdiff_t>(end));
    out.push_back(core::make_ref<record_batch>(kept.back()));
  }
  return out;
}

} // namespace lepton::bench
