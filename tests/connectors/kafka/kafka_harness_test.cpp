#include "tests/connectors/kafka/kafka_harness.hpp"

#include "core/assert.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace lepton::tests {

namespace {

using core::field_spec;
using core::field_type;
using core::value;

constexpr std::chrono::milliseconds tick_every{100};

value list_of(const std::string& text) {
  core::value_list items;
  std::size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const auto end = std::min(text.find(',', begin), text.size());
    items.push_back(value{text.substr(begin, end - begin), {}});
    begin = end + 1;
  }
  return value{std::move(items), {}};
}

value object_of(const std::vector<field_spec>& fields, const std::string& prefix,
                const test_fields& given);

value typed(const field_spec& field, const std::string& text, const std::string& name,
            const test_fields& given) {
  switch (field.type) {
    case field_type::duration: return value{core::parse_duration(text).value().count(), {}};
    case field_type::size: return value{core::parse_size(text).value(), {}};
    case field_type::integer: return value{std::int64_t{std::stoll(text)}, {}};
    case field_type::boolean: return value{text == "true", {}};
    case field_type::list: return list_of(text);
    case field_type::object: return object_of(field.fields, name + ".", given);
    default: return value{text, {}};
  }
}

value object_of(const std::vector<field_spec>& fields, const std::string& prefix,
                const test_fields& given) {
  core::value_map out;
  for (const auto& field : fields) {
    const auto name = prefix + field.name;
    const auto found = given.find(name);
    if (found != given.end() || field.fallback)
      out.push_back(
          {field.name,
           {},
           typed(field, found != given.end() ? found->second : *field.fallback, name, given)});
  }
  return value{std::move(out), {}};
}

core::bind_context context_of(core::diagnostics& findings) {
  core::bind_context context;
  context.component = "tested";
  context.pipeline = "tests";
  context.findings = &findings;
  return context;
}

std::string first_of(const core::diagnostics& findings) {
  return findings.all().empty() ? "no finding" : findings.all().front().message;
}

} // namespace

core::config config_of(const core::component_spec& spec, const test_fields& given,
                       const std::map<std::string, std::string>& librdkafka_options) {
  auto object = object_of(spec.fields, "", given);
  core::value_map options;
  for (const auto& [name, text] : librdkafka_options)
    options.push_back({name, {}, value{text, {}}});
  if (!options.empty())
    std::get<core::value_map>(object.data)
        .push_back({"librdkafka_options", {}, value{std::move(options), {}}});
  return core::config{std::move(object)};
}

lane::lane(const test_fields& fields, bool exit_at_end,
           const std::map<std::string, std::string>& librdkafka_options) {
  core::diagnostics findings;
  const auto bound = connectors::bind_kafka_source(
      config_of(connectors::kafka_source_spec(), fields, librdkafka_options), context_of(findings));
  if (!bound)
    throw std::runtime_error(first_of(findings));
  budget = bound->batch;
  auto made = bound->make({"tested", "tests", &metrics, nullptr, exit_at_end, 0});
  source = std::move(made.value());
}

core::result<void> lane::open() {
  return source->open(waker);
}

void lane::take(core::raw_batch_ptr batch) {
  ++batches;
  EXPECT_EQ(static_cast<std::int64_t>(batch->records().size()), batch->record_count);
  for (const auto& record : batch->records())
    records.push_back({*batch->topic, batch->partition, record.offset, std::string{record.key},
                       std::string{record.payload}, record.timestamp_ms});
  if (hold)
    held.push_back(std::move(batch));
  else
    source->settled(*batch);
}

bool lane::poll_all(const std::function<bool()>& enough) {
  while (!(enough && enough())) {
    auto polled = source->poll(budget);
    if (!polled) {
      error = polled.error().message();
      return false;
    }
    if (polled->batch)
      take(std::move(polled->batch));
    exhausted = polled->state == core::source_state::exhausted;
    if (exhausted)
      return false;
    if (polled->state == core::source_state::idle)
      return true;
  }
  return false;
}

void lane::run(std::chrono::milliseconds limit, const std::function<bool()>& enough) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (poll_all(enough) && std::chrono::steady_clock::now() < end) {
    waker->wait(tick_every);
    if (const auto ticked = source->tick(); !ticked) {
      error = ticked.error().message();
      return;
    }
  }
}

void lane::idle(std::chrono::milliseconds limit, const std::function<bool()>& enough) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!(enough && enough()) && std::chrono::steady_clock::now() < end) {
    waker->wait(tick_every);
    if (const auto ticked = source->tick(); !ticked) {
      error = ticked.error().message();
      return;
    }
  }
}

void lane::close(bool drained) {
  held.clear();
  if (const auto closed = source->close(drained); !closed)
    error = closed.error().message();
}

sink_owner::sink_owner(const test_fields& fields,
                       const std::map<std::string, std::string>& librdkafka_options) {
  core::diagnostics findings;
  const auto bound = connectors::bind_kafka_sink(
      config_of(connectors::kafka_sink_spec(), fields, librdkafka_options), nullptr,
      context_of(findings));
  if (!bound)
    throw std::runtime_error(first_of(findings));
  auto made = bound->make({"tested", "tests", &metrics, nullptr, false, 0});
  sink = std::move(made.value());
}

core::result<void> sink_owner::open() {
  return sink->open(waker);
}

void sink_owner::write(const std::vector<std::pair<std::string, std::string>>& keys_and_values,
                       const std::vector<std::pair<std::string, std::string>>& headers) {
  ++written;
  if (const auto taken = sink->write(encode(keys_and_values, headers)); !taken)
    error = taken.error().message();
}

bool sink_owner::wait(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (const auto polled = sink->poll(ended); !polled) {
      error = polled.error().message();
      return false;
    }
    if (ended.size() == written)
      return true;
    if (std::chrono::steady_clock::now() > end)
      return false;
    waker->wait(tick_every);
  }
}

core::encoded_batch_ptr encode(const std::vector<std::pair<std::string, std::string>>& records,
                               const std::vector<std::pair<std::string, std::string>>& headers) {
  auto batch = core::make_ref<core::encoded_batch>();
  for (const auto& [key, value] : records) {
    core::encoded_record places;
    places.payload_begin = static_cast<std::uint32_t>(batch->bytes.size());
    places.payload_size = static_cast<std::uint32_t>(value.size());
    batch->bytes += value;
    places.key_begin = static_cast<std::uint32_t>(batch->bytes.size());
    places.key_size = static_cast<std::uint32_t>(key.size());
    batch->bytes += key;
    places.row = static_cast<std::int32_t>(batch->records.size());
    batch->records.push_back(places);
    if (!headers.empty())
      batch->headers.push_back(headers);
  }
  return batch;
}

} // namespace lepton::tests
