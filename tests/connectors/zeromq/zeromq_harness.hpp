#pragma once

#include "connectors/zeromq/link_sink.hpp"
#include "connectors/zeromq/link_source.hpp"
#include "connectors/zeromq/plain_sink.hpp"
#include "connectors/zeromq/plain_source.hpp"
#include "tests/connectors/records.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace lepton::tests {

/// Lets a test wait until a connector says that there is something.
class test_waker final : public core::waker {
public:
  void wake() noexcept override {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    changed_.notify_all();
  }
  void wait(std::chrono::milliseconds limit) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, limit, [this] { return woken_; });
    woken_ = false;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

/// Records `first` .. `first + count - 1` of one partition, as a sink gets them: payload
/// "payload-<offset>", key "k<offset>".
inline core::encoded_batch_ptr numbered_batch(std::int64_t first, std::int64_t count,
                                              std::size_t padding = 0) {
  class origin_batch final : public core::raw_batch {
  public:
    origin_batch(std::int64_t first, std::int64_t count) {
      topic = std::make_shared<const std::string>("origin");
      for (std::int64_t i = 0; i < count; ++i)
        records_.push_back({{}, {}, first + i, 1'700'000'000'000 + first + i});
    }
    std::span<const core::raw_record> records() const override { return records_; }

  private:
    std::vector<core::raw_record> records_;
  };
  auto out = core::make_ref<core::encoded_batch>();
  auto rows = core::make_ref<core::batch>(core::to_schema({entry("a", "int64")}),
                                          std::vector<core::column_ptr>{nullptr}, count);
  rows->raw = core::make_ref<origin_batch>(first, count);
  out->origin = rows;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto key = fmt::format("k{}", first + i);
    const auto payload = fmt::format("payload-{}", first + i) + std::string(padding, '.');
    core::encoded_record record;
    record.key_begin = static_cast<std::uint32_t>(out->bytes.size());
    record.key_size = static_cast<std::uint32_t>(key.size());
    out->bytes += key;
    record.payload_begin = static_cast<std::uint32_t>(out->bytes.size());
    record.payload_size = static_cast<std::uint32_t>(payload.size());
    out->bytes += payload;
    record.row = static_cast<std::int32_t>(i);
    out->records.push_back(record);
  }
  return out;
}

/// A sink or source as its owner would have it.
template <class Connector>
struct running {
  template <class Settings>
  explicit running(Settings settings, const std::string& component = "test")
      : connector{std::make_shared<const Settings>(std::move(settings)), context(component)} {}

  core::run_context context(const std::string& component) {
    core::run_context out;
    out.component = component;
    out.pipeline = "tests";
    out.metrics = &metrics;
    return out;
  }
  core::result<void> open() { return connector.open(waker); }
  std::int64_t count(core::metric which) {
    std::int64_t sum = 0;
    for (const auto& each : metrics.snapshot())
      if (each.which == which && each.counts)
        sum += each.counts->value();
    return sum;
  }

  core::metrics_registry metrics;
  core::ref_ptr<test_waker> waker = core::make_ref<test_waker>();
  Connector connector;
};

/// Takes from a source until `count` records came or `limit` has passed. Settles each batch if told
/// to. Returns payloads in the order they came.
template <class Source>
std::vector<std::string> take_records(running<Source>& source, std::size_t count,
                                      std::chrono::milliseconds limit = std::chrono::seconds{10},
                                      bool settle = true,
                                      std::vector<core::raw_batch_ptr>* kept = nullptr) {
  std::vector<std::string> out;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (out.size() < count && std::chrono::steady_clock::now() < deadline) {
    auto polled = source.connector.poll({1024, 1 << 20});
    if (!polled) {
      ADD_FAILURE() << polled.error().message();
      return out;
    }
    if (!polled->batch) {
      source.waker->wait(std::chrono::milliseconds{20});
      continue;
    }
    for (const auto& record : polled->batch->records())
      out.emplace_back(record.payload);
    if (settle)
      source.connector.settled(*polled->batch);
    if (kept)
      kept->push_back(polled->batch);
  }
  return out;
}

/// Waits until so many writes of a sink have ended.
template <class Sink>
std::size_t take_completions(running<Sink>& sink, std::size_t count,
                             std::chrono::milliseconds limit = std::chrono::seconds{10},
                             std::vector<core::sink_completion>* kept = nullptr) {
  std::vector<core::sink_completion> ended;
  eventually(limit, [&] {
    const auto polled = sink.connector.poll(ended);
    EXPECT_TRUE(polled.ok()) << (polled.ok() ? "" : polled.error().message());
    return ended.size() >= count || !polled.ok();
  });
  const auto got = ended.size();
  if (kept)
    *kept = std::move(ended);
  return got;
}

inline std::string free_endpoint() {
  return fmt::format("tcp://127.0.0.1:{}", free_ports(1)[0]);
}

inline connectors::link_source_settings link_source_at(const std::string& endpoint) {
  connectors::link_source_settings out;
  out.sockets.bind = {endpoint};
  out.sockets.max_message = static_cast<std::int64_t>(connectors::max_link_frame);
  return out;
}

inline connectors::link_sink_settings link_sink_to(const std::string& endpoint) {
  connectors::link_sink_settings out;
  out.sockets.connect = {endpoint};
  out.sockets.send_limit = 64;
  out.sockets.client_role = "reader";
  out.edge = "edge-1";
  out.stream = "tests/out";
  return out;
}

} // namespace lepton::tests
