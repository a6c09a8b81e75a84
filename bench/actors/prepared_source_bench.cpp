#include "bench/actors/prepared_source.hpp"

#include "bench/connectors/card_records.hpp"
#include "connectors/formats/json/json_decoder.hpp"

#include <array>
#include <cmath>
#include <mutex>
#include <random>
#include <thread>

namespace lepton::bench {

namespace {

using clock = std::chrono::steady_clock;
using core::component_kind;
using core::field_type;

constexpr std::int64_t prepared_records = 16384;

/// The records of another batch, handed out once more.
class again final : public core::raw_batch {
public:
  explicit again(core::raw_batch_ptr from) : from_{std::move(from)} {
    topic = from_->topic;
    record_count = from_->record_count;
    byte_count = from_->byte_count;
    received = clock::now();
  }
  std::span<const core::raw_record> records() const override { return from_->records(); }

private:
  core::raw_batch_ptr from_;
};

struct source_settings {
  std::int64_t records = 0;
  std::int64_t batch = 0;
  std::int64_t per_second = 0; ///< 0 = as fast as they are taken
};

class prepared_source final : public core::source {
public:
  explicit prepared_source(source_settings settings)
      : settings_{settings}, batches_{prepared_batches(settings.batch)} {}

  core::result<void> open(core::ref_ptr<core::waker>) override {
    start_ = clock::now();
    return {};
  }

  core::result<core::source_poll> poll(core::poll_budget) override {
    if (given_ >= settings_.records)
      return core::source_poll{core::source_state::exhausted, {}, {}};
    if (settings_.per_second > 0) {
      const auto due =
          start_ + std::chrono::nanoseconds{given_ * 1'000'000'000 / settings_.per_second};
      const auto wait = due - clock::now();
      if (wait > std::chrono::milliseconds{20})
        return core::source_poll{core::source_state::idle, {}, wait};
      std::this_thread::sleep_until(due);
    }
    auto batch = core::make_ref<again>(batches_[next_++ % batches_.size()]);
    given_ += batch->record_count;
    return core::source_poll{core::source_state::ready, batch, {}};
  }

private:
  source_settings settings_;
  std::vector<core::raw_batch_ptr> batches_;
  std::size_t next_ = 0;
  std::int64_t given_ = 0;
  clock::time_point start_;
};

core::source_entry prepared_entry() {
  core::component_spec spec{
      component_kind::source, "prepared", "Payments from memory.", "", {}, ""};
  spec.fields = {
      {.name = "records", .type = field_type::integer, .doc = "In all.", .required = true},
      {.name = "batch", .type = field_type::integer, .doc = "Records.", .required = true},
      {.name = "rate", .type = field_type::integer, .doc = "Per second.", .fallback = "0"}};
  return {
      spec, [](const core::config& config, const core::bind_context&) {
        const source_settings settings{config.integer("records"), config.integer("batch"),
                                       config.integer("rate")};
        core::diagnostics findings;
        auto layout = connectors::json_layout::make(card_schema(), false, findings);
        core::bound_source out;
        out.schema = core::to_schema(card_schema());
        out.make_decoder = [layout] { return std::make_unique<connectors::json_decoder>(layout); };
        out.ordered = false;
        out.batch = {settings.batch, settings.batch * 512};
        out.make =
            [settings](const core::run_context&) -> core::result<std::unique_ptr<core::source>> {
          return std::unique_ptr<core::source>{std::make_unique<prepared_source>(settings)};
        };
        return std::optional{out};
      }};
}

core::column_ptr computed(const core::column& from, float (*of)(double)) {
  auto out = core::make_ref<core::column>(core::data_type{core::type_id::float32});
  out->resize_rows(from.rows);
  auto to = out->as_mutable<float>();
  const bool whole = from.type.id != core::type_id::float64;
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i] = of(whole ? static_cast<double>(from.as<std::int64_t>()[i]) : from.as<double>()[i]);
  return out;
}

/// Two more columns: the work of a `derive` of two expressions.
class features final : public core::transform {
public:
  features(core::schema_ptr in, core::schema_ptr out) : in_{std::move(in)}, out_{std::move(out)} {}
  void process(const core::batch_ptr& in, core::emitter& out) override {
    auto columns = in->columns;
    columns.push_back(computed((*in)[*in_->index_of("amount")],
                               [](double x) { return static_cast<float>(std::log(x)); }));
    columns.push_back(computed((*in)[*in_->index_of("ts")], [](double x) {
      return static_cast<float>(std::fmod(x / 3.6e6, 24.0) / 24.0);
    }));
    out.emit(0, core::with_columns(*in, out_, std::move(columns)));
  }

private:
  core::schema_ptr in_, out_;
};

/// A network of three layers, row by row, by loops that the compiler vectorises.
class mlp final : public core::transform {
public:
  mlp(core::schema_ptr in, core::schema_ptr out) : in_{std::move(in)}, out_{std::move(out)} {
    std::mt19937 random{1};
    std::normal_distribution<float> normal{0, 0.2F};
    for (auto* weights : {first_.data(), second_.data(), third_.data()})
      std::generate_n(weights,
                      weights == first_.data()    ? 30 * 64
                      : weights == second_.data() ? 64 * 32
                                                  : 32,
                      [&] { return normal(random); });
  }

  void process(const core::batch_ptr& in, core::emitter& out) override {
    const auto f = (*in)[*in_->index_of("f")].as<float>();
    const auto amount = (*in)[*in_->index_of("log_amount")].as<float>();
    const auto hour = (*in)[*in_->index_of("hour")].as<float>();
    auto score = core::make_ref<core::column>(core::data_type{core::type_id::float32});
    score->resize_rows(in->rows);
    std::array<float, 30> x{};
    for (std::size_t r = 0; r < static_cast<std::size_t>(in->rows); ++r) {
      std::copy_n(&f[r * 28], 28, x.begin());
      x[28] = amount[r];
      x[29] = hour[r];
      score->as_mutable<float>()[r] = run(x);
    }
    auto columns = in->columns;
    columns.push_back(core::column_ptr{score});
    out.emit(0, core::with_columns(*in, out_, std::move(columns)));
  }

private:
  float run(const std::array<float, 30>& x) const {
    std::array<float, 64> a{};
    for (std::size_t i = 0; i < 30; ++i)
      for (std::size_t j = 0; j < 64; ++j)
        a[j] += x[i] * first_[i * 64 + j];
    std::array<float, 32> b{};
    for (std::size_t i = 0; i < 64; ++i)
      for (std::size_t j = 0; j < 32; ++j)
        b[j] += std::max(a[i], 0.0F) * second_[i * 32 + j];
    float sum = 0;
    for (std::size_t i = 0; i < 32; ++i)
      sum += std::max(b[i], 0.0F) * third_[i];
    return 1.0F / (1.0F + std::exp(-sum));
  }

  core::schema_ptr in_, out_;
  std::array<float, 30 * 64> first_{};
  std::array<float, 64 * 32> second_{};
  std::array<float, 32> third_{};
};

template <class Transform>
core::transform_entry adding(const char* type, std::vector<std::string> reads,
                             std::vector<std::string> adds, core::placement where) {
  core::component_spec spec{component_kind::transform, type, "Adds columns.", "", {}, ""};
  return {spec, [=](const core::config&, const core::schema_ptr& input, const core::bind_context&) {
            auto fields = input->fields();
            for (const auto& name : adds)
              fields.push_back({name, {core::type_id::float32, 0}, false});
            const auto output = std::make_shared<const core::schema>(fields);
            core::bound_transform out;
            out.outputs = {{"", output}};
            out.reads = reads;
            out.where = where;
            out.make =
                [input, output](
                    const core::run_context&) -> core::result<std::unique_ptr<core::transform>> {
              return std::unique_ptr<core::transform>{std::make_unique<Transform>(input, output)};
            };
            return std::optional{out};
          }};
}

class null_sink final : public core::sink {
public:
  core::result<void> open(core::ref_ptr<core::waker>) override { return {}; }
  core::result<void> write(core::encoded_batch_ptr batch) override {
    done_.push_back(std::move(batch));
    return {};
  }
  core::result<void> poll(std::vector<core::sink_completion>& ended) override {
    for (auto& batch : done_)
      ended.push_back({std::move(batch), {}});
    done_.clear();
    return {};
  }

private:
  std::vector<core::encoded_batch_ptr> done_;
};

core::sink_entry null_entry() {
  core::component_spec spec{component_kind::sink, "null", "Forgets rows.", "", {}, ""};
  return {spec, [](const core::config&, const core::schema_ptr&, const core::bind_context&) {
            core::bound_sink out;
            out.encodes = false;
            out.make = [](const core::run_context&) -> core::result<std::unique_ptr<core::sink>> {
              return std::unique_ptr<core::sink>{std::make_unique<null_sink>()};
            };
            return std::optional{out};
          }};
}

} // namespace

void register_prepared(core::catalog& catalog) {
  catalog.add(prepared_entry());
  catalog.add(adding<features>("features", {"amount", "ts"}, {"log_amount", "hour"},
                               core::placement::fused));
  catalog.add(
      adding<mlp>("mlp", {"f", "log_amount", "hour"}, {"score"}, core::placement::inference));
  catalog.add(null_entry());
}

std::vector<core::raw_batch_ptr> prepared_batches(std::int64_t batch) {
  static const auto texts = card_records(prepared_records);
  std::vector<core::raw_batch_ptr> out;
  for (auto& made : batches_of(texts, static_cast<std::size_t>(batch)))
    out.emplace_back(made);
  return out;
}

} // namespace lepton::bench
