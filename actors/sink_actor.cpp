#include "actors/sink_actor.hpp"

#include "actors/actor_errors.hpp"
#include "actors/actor_waker.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

namespace lepton::actors {

namespace {

constexpr auto tick_every = std::chrono::milliseconds{100};
/// How long `close` waits for writes that nobody else waits for.
constexpr auto last_writes = std::chrono::seconds{5};

using clock = std::chrono::steady_clock;

struct writing {
  std::shared_ptr<work_item> item;
  caf::actor sender;
};

class sink_state {
public:
  sink_state(caf::event_based_actor* self, std::shared_ptr<sink_config> config,
             core::ref_ptr<core::waker> waker)
      : self_{self}, config_{std::move(config)}, waker_{std::move(waker)},
        metrics_{*config_->metrics, config_->name, "sink"},
        latency_{config_->metrics->histogram(core::metric::latency_seconds,
                                             {{"component", config_->name}})} {}

  void on_open() {
    if (!config_->sink)
      return;
    if (auto opened = config_->sink->open(waker_); !opened)
      return end(opened.error().message());
    opened_ = true;
    self_->send(config_->supervisor, opened_message{config_->index, false});
    on_tick();
  }

  void on_work(const std::shared_ptr<work_item>& item) {
    if (!config_->sink) { // closed: the share fails and is read again
      if (config_->lost)
        config_->lost->add(item->records);
      return;
    }
    metrics_.records_in.add(item->records);
    metrics_.bytes_in.add(item->bytes);
    metrics_.batch_rows.record(item->records);
    config_->queue_records->add(item->records);
    config_->queue_bytes->add(item->bytes);
    const bool nothing_to_write = item->encoded && item->encoded->records.empty();
    if (!item->encoded) // the sink takes rows
      item->encoded = core::make_ref<core::encoded_batch>();
    item->encoded->origin = item->rows;
    auto encoded = item->encoded;
    under_way_.emplace(encoded.get(),
                       writing{item, caf::actor_cast<caf::actor>(self_->current_sender())});
    if (nothing_to_write) { // no row could be encoded
      core::sink_completion none{std::move(encoded), {}};
      return settle(none);
    }
    if (auto written = config_->sink->write(std::move(encoded)); !written)
      return end(written.error().message());
    collect();
  }

  void on_wake() {
    static_cast<actor_waker&>(*waker_).seen();
    collect();
  }

  void on_tick() {
    if (!config_->sink)
      return;
    if (auto ticked = config_->sink->tick(); !ticked)
      return end(ticked.error().message());
    config_->status->connected.store(config_->sink->connected());
    if (flushing_)
      config_->sink->flush();
    collect();
    if (closing_ && (under_way_.empty() || clock::now() > give_up_at_))
      return end({});
    self_->delayed_send(self_, tick_every, tick_message{});
  }

  void on_flush() {
    flushing_ = true;
    if (!opened_ || !config_->sink)
      return;
    config_->sink->flush();
    collect();
  }

  void on_close(bool now) {
    on_flush();
    if (now || !opened_ || under_way_.empty())
      return end({});
    if (!std::exchange(closing_, true))
      give_up_at_ = clock::now() + last_writes;
  }

  void on_credit(const credit_message& credit) {
    config_->out.granted(self_, credit);
    pay_late();
  }

private:
  void collect() {
    if (!opened_ || !config_->sink)
      return;
    ended_.clear();
    if (auto polled = config_->sink->poll(ended_); !polled)
      return end(polled.error().message());
    for (auto& completion : ended_)
      settle(completion);
  }

  void settle(core::sink_completion& completion) {
    const auto found = under_way_.find(completion.batch.get());
    if (found == under_way_.end())
      return;
    auto done = std::move(found->second);
    under_way_.erase(found);
    auto& item = *done.item;
    add_refused(completion, item.failed);
    if (!item.failed.empty() && !divert(item))
      return; // the pipeline stops; the share fails
    const auto failed = static_cast<std::int64_t>(item.failed.size());
    metrics_.records_out.add(item.records - failed);
    metrics_.bytes_out.add(static_cast<std::int64_t>(completion.batch->bytes.size()));
    config_->queue_records->add(-item.records);
    config_->queue_bytes->add(-item.bytes);
    record_latency(item);
    item.delivery.done();
    pay(done);
  }

  /// Adds what the peer refused, as rows of the batch, in ascending order.
  static void add_refused(core::sink_completion& completion, std::vector<core::row_error>& failed) {
    const auto& batch = *completion.batch;
    for (auto& refused : completion.failed) {
      if (batch.records.empty()) { // the sink took rows as they are
        failed.push_back(std::move(refused));
        continue;
      }
      const auto& record = batch.records[static_cast<std::size_t>(refused.row)];
      for (const auto row : batch.rows_of(record))
        failed.push_back({row, refused.reason});
    }
    std::sort(failed.begin(), failed.end(),
              [](const auto& a, const auto& b) { return a.row < b.row; });
  }

  /// Sends refused rows to the error output; false if the pipeline must stop.
  bool divert(work_item& item) {
    std::vector<pipelines::program_output> outputs;
    config_->program->run_failed(item.rows, item.failed, outputs);
    if (const auto& why = config_->program->stop_reason()) {
      self_->send(config_->supervisor, failed_message{*why});
      return false;
    }
    config_->out.send(self_, *config_->segment, outputs, item.delivery);
    return true;
  }

  void record_latency(const work_item& item) {
    if (!item.rows->raw)
      return;
    const auto waited = core::raw_batch::clock::now() - item.rows->raw->received;
    latency_.record(std::chrono::duration_cast<std::chrono::nanoseconds>(waited).count(),
                    item.records);
  }

  void pay(const writing& done) {
    if (!done.sender)
      return;
    const credit_message credit{done.item->slot, done.item->records, done.item->bytes, 0};
    if (config_->out.empty())
      self_->send(done.sender, credit);
    else
      owed_.emplace_back(done.sender, credit);
  }

  void pay_late() {
    if (!config_->out.empty())
      return;
    for (const auto& [sender, credit] : owed_)
      self_->send(sender, credit);
    owed_.clear();
  }

  void end(std::string error) {
    if (!config_->sink)
      return;
    if (opened_)
      if (auto closed = config_->sink->close(); !closed && error.empty())
        error = closed.error().message();
    if (!error.empty())
      error = "sink `" + config_->name + "`: " + error;
    const bool drained = config_->lost || under_way_.empty();
    if (config_->lost)
      for (const auto& [batch, writing] : under_way_)
        config_->lost->add(writing.item->records);
    config_->sink.reset();
    under_way_.clear();
    config_->status->connected.store(false);
    config_->status->ended.store(true);
    self_->send(config_->supervisor,
                ended_message{config_->index, false, drained, std::move(error)});
  }

  caf::event_based_actor* self_;
  std::shared_ptr<sink_config> config_;
  core::ref_ptr<core::waker> waker_;
  pipelines::component_metrics metrics_;
  core::histogram& latency_;
  std::unordered_map<const core::encoded_batch*, writing> under_way_;
  std::vector<core::sink_completion> ended_;
  std::vector<std::pair<caf::actor, credit_message>> owed_;
  bool opened_ = false;
  bool flushing_ = false;
  bool closing_ = false;
  clock::time_point give_up_at_{};
};

} // namespace

caf::behavior sink_actor(caf::event_based_actor* self, std::shared_ptr<sink_config> config,
                         core::ref_ptr<core::waker> waker) {
  harden(self, config->name);
  auto state = std::make_shared<sink_state>(self, std::move(config), std::move(waker));
  return {
      [state](open_message) { state->on_open(); },
      [state](const work_message& work) { state->on_work(work.item); },
      [state](wake_message) { state->on_wake(); },
      [state](const credit_message& credit) { state->on_credit(credit); },
      [state](tick_message) { state->on_tick(); },
      [state](flush_message) { state->on_flush(); },
      [state](close_message close) { state->on_close(close.now); },
  };
}

} // namespace lepton::actors
