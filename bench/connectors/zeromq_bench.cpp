// A million records over loopback: a bare libzmq PUSH/PULL program, then Lepton's sink and source
// with pattern push_pull and acknowledged, in one run. Counts come from the receiving side.
#include "connectors/zeromq/link_sink.hpp"
#include "connectors/zeromq/link_source.hpp"
#include "connectors/zeromq/plain_sink.hpp"
#include "connectors/zeromq/plain_source.hpp"

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace lepton;

constexpr std::int64_t records = 1'000'000;
constexpr std::int64_t rows = 1000;         // of one batch
constexpr std::int64_t most_in_flight = 65; // batches, as the sink's credit in a pipeline

class bench_waker final : public core::waker {
public:
  void wake() noexcept override {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::milliseconds{100}, [this] { return woken_; });
    woken_ = false;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

class bench_origin final : public core::raw_batch {
public:
  explicit bench_origin(std::int64_t first) {
    topic = std::make_shared<const std::string>("origin");
    for (std::int64_t i = 0; i < rows; ++i)
      records_.push_back({{}, {}, first + i, first + i});
  }
  std::span<const core::raw_record> records() const override { return records_; }

private:
  std::vector<core::raw_record> records_;
};

/// What workers would hand to the sink, made before the clock starts.
std::vector<core::encoded_batch_ptr> make_batches(std::size_t payload) {
  std::vector<core::encoded_batch_ptr> out;
  for (std::int64_t first = 0; first < records; first += rows) {
    auto batch = core::make_ref<core::encoded_batch>();
    auto origin = core::make_ref<core::batch>(nullptr, std::vector<core::column_ptr>{}, rows);
    origin->raw = core::make_ref<bench_origin>(first);
    batch->origin = origin;
    batch->bytes.assign(static_cast<std::size_t>(rows) * payload, 'x');
    for (std::int64_t i = 0; i < rows; ++i) {
      core::encoded_record record;
      record.payload_begin = static_cast<std::uint32_t>(static_cast<std::size_t>(i) * payload);
      record.payload_size = static_cast<std::uint32_t>(payload);
      record.row = static_cast<std::int32_t>(i);
      batch->records.push_back(record);
    }
    out.push_back(std::move(batch));
  }
  return out;
}

std::string endpoint() {
  static int port = 25'100;
  return "tcp://127.0.0.1:" + std::to_string(port++);
}

core::run_context context(core::metrics_registry& metrics) {
  core::run_context out;
  out.component = "bench";
  out.pipeline = "bench";
  out.metrics = &metrics;
  return out;
}

template <class Sink>
void send_all(Sink& sink, bench_waker& waker, const std::vector<core::encoded_batch_ptr>& batches) {
  std::int64_t in_flight = 0;
  std::size_t next = 0;
  std::vector<core::sink_completion> ended;
  while (next < batches.size() || in_flight != 0) {
    for (; next < batches.size() && in_flight < most_in_flight; ++next, ++in_flight)
      if (!sink.write(batches[next]).ok())
        std::abort();
    ended.clear();
    if (!sink.poll(ended).ok())
      std::abort();
    in_flight -= static_cast<std::int64_t>(ended.size());
    if (ended.empty())
      waker.wait();
  }
}

template <class Source>
void receive_all(Source& source, bench_waker& waker) {
  for (std::int64_t got = 0; got < records;) {
    auto polled = source.poll({4096, 1 << 20});
    if (!polled.ok())
      std::abort();
    if (!polled->batch) {
      waker.wait();
      continue;
    }
    got += static_cast<std::int64_t>(polled->batch->records().size());
    source.settled(*polled->batch);
  }
}

template <class Sink, class Source, class SinkSettings, class SourceSettings>
void run_pair(benchmark::State& state, SinkSettings sink_settings, SourceSettings source_settings) {
  const auto batches = make_batches(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    const auto at = endpoint();
    sink_settings.sockets.connect = {at};
    source_settings.sockets.bind = {at};
    core::metrics_registry metrics;
    auto sink_waker = core::make_ref<bench_waker>();
    auto source_waker = core::make_ref<bench_waker>();
    Source source{std::make_shared<const SourceSettings>(source_settings), context(metrics)};
    Sink sink{std::make_shared<const SinkSettings>(sink_settings), context(metrics)};
    if (!source.open(source_waker).ok() || !sink.open(sink_waker).ok())
      std::abort();
    state.ResumeTiming();
    std::thread sender{[&] { send_all(sink, *sink_waker, batches); }};
    receive_all(source, *source_waker);
    sender.join();
    state.PauseTiming();
    (void)sink.close();
    (void)source.close(true);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * records);
}

void bare_push_pull(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    const auto at = endpoint();
    void* context = zmq_ctx_new();
    void* pull = zmq_socket(context, ZMQ_PULL);
    void* push = zmq_socket(context, ZMQ_PUSH);
    zmq_bind(pull, at.c_str());
    zmq_connect(push, at.c_str());
    std::thread sender{[&] {
      for (std::int64_t i = 0; i < records; ++i)
        zmq_send(push, payload.data(), payload.size(), 0);
    }};
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (std::int64_t i = 0; i < records; ++i)
      zmq_msg_recv(&message, pull, 0);
    zmq_msg_close(&message);
    sender.join();
    zmq_close(push);
    zmq_close(pull);
    zmq_ctx_term(context);
  }
  state.SetItemsProcessed(state.iterations() * records);
}

void lepton_push_pull(benchmark::State& state) {
  run_pair<connectors::plain_sink, connectors::plain_source>(
      state, connectors::plain_sink_settings{}, connectors::plain_source_settings{});
}

connectors::link_sink_settings link_sender() {
  connectors::link_sink_settings out;
  out.edge = "edge";
  out.stream = "bench";
  out.sockets.send_limit = 64;
  return out;
}

connectors::link_source_settings link_receiver() {
  connectors::link_source_settings out;
  out.sockets.max_message = static_cast<std::int64_t>(connectors::max_link_frame);
  return out;
}

void lepton_acknowledged(benchmark::State& state) {
  run_pair<connectors::link_sink, connectors::link_source>(state, link_sender(), link_receiver());
}

} // namespace

BENCHMARK(bare_push_pull)->Arg(100)->Arg(400)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(lepton_push_pull)->Arg(100)->Arg(400)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(lepton_acknowledged)->Arg(100)->Arg(400)->UseRealTime()->Unit(benchmark::kMillisecond);
