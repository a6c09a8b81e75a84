#include "actors/source_actor.hpp"

#include "actors/actor_errors.hpp"
#include "actors/actor_waker.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <vector>

namespace lepton::actors {

namespace {

using clock = std::chrono::steady_clock;

constexpr int max_attempts = 3;
constexpr int polls_in_a_row = 32; // then messages are served
constexpr auto tick_every = std::chrono::milliseconds{100};

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Tells source and router when a batch is settled.
class settle_observer final : public core::delivery_observer {
public:
  settle_observer(caf::actor source, caf::actor router, std::size_t instance)
      : source_{std::move(source)}, router_{std::move(router)}, instance_{instance} {}

  void settled(core::raw_batch_ptr batch, core::settlement how) noexcept override {
    if (router_)
      caf::anon_send(router_, settled_message{batch, instance_, how});
    caf::anon_send(source_, settled_message{std::move(batch), instance_, how});
  }

private:
  caf::actor source_;
  caf::actor router_; ///< null if the order does not matter
  std::size_t instance_;
};

class source_state {
public:
  source_state(caf::event_based_actor* self, std::shared_ptr<source_config> config,
               core::ref_ptr<core::waker> waker)
      : self_{self}, config_{std::move(config)}, waker_{std::move(waker)}, credit_{config_->bound},
        unsettled_{config_->unsettled},
        observer_{std::make_shared<settle_observer>(
            caf::actor_cast<caf::actor>(self), config_->ordered ? config_->router : caf::actor{},
            config_->instance)} {}

  void on_open() {
    if (!config_->source)
      return; // stopped before
    if (auto opened = config_->source->open(waker_); !opened)
      return end(opened.error().message());
    opened_ = true;
    self_->send(config_->supervisor, opened_message{config_->index, true});
    on_tick();
  }

  void on_wake() {
    static_cast<actor_waker&>(*waker_).seen();
    pump();
  }

  void on_credit(const credit_message& credit) {
    credit_.grant(credit.records, credit.bytes);
    pump();
  }

  void on_settled(const settled_message& settled) {
    if (!config_->source)
      return;
    if (settled.how == core::settlement::done)
      config_->source->settled(*settled.batch);
    else if (config_->source->owns(*settled.batch))
      return put_back(settled);
    --in_flight_;
    config_->in_flight->add(-1);
    unsettled_.grant(settled.batch->record_count, settled.batch->byte_count);
    finish_if_drained();
    pump();
  }

  void on_tick() {
    if (!config_->source)
      return;
    if (auto ticked = config_->source->tick(); !ticked)
      return end(ticked.error().message());
    config_->status->lag.store(config_->source->lag().value_or(-1));
    config_->status->connected.store(config_->source->connected());
    send_again();
    pump();
    self_->delayed_send(self_, tick_every, tick_message{});
  }

  void on_stop(const stop_message& stop) {
    stopping_ = true;
    if (stop.drain)
      finish_if_drained();
    else if (config_->source)
      end({});
  }

  void on_run() {
    again_ = false;
    pump();
  }

  void on_retry() {
    retry_at_ = clock::time_point::max();
    pump();
  }

private:
  /// Polls until there is no credit, nothing to read, or other messages should have their turn.
  void pump() {
    for (int i = 0; i < polls_in_a_row; ++i) {
      if (!opened_ || !config_->source || stopping_ || exhausted_ || !credit_.open() ||
          !unsettled_.open())
        return;
      // The whole budget, also where less credit is left: small rests of credit would else cut the
      // stream into ever smaller batches. What the receiver holds is bounded by its grant and one
      // batch.
      auto polled = config_->source->poll(config_->batch);
      if (!polled)
        return end(polled.error().message());
      if (!accept(*polled))
        return;
    }
    if (!again_) {
      again_ = true;
      self_->send(self_, run_message{});
    }
  }

  /// False if there is no reason to poll again now.
  bool accept(core::source_poll& polled) {
    if (polled.batch) {
      if (config_->status->first_record_us.load(std::memory_order_relaxed) == 0)
        config_->status->first_record_us.store(now_us());
      ++in_flight_;
      config_->in_flight->add(1);
      credit_.spend(polled.batch->record_count, polled.batch->byte_count);
      unsettled_.spend(polled.batch->record_count, polled.batch->byte_count);
      dispatch(std::move(polled.batch), false);
    }
    if (polled.state == core::source_state::exhausted) {
      exhausted_ = true;
      self_->send(config_->supervisor, exhausted_message{config_->index});
      finish_if_drained();
      return false;
    }
    if (polled.state == core::source_state::idle) {
      if (polled.retry_after.count() > 0)
        poll_again_in(polled.retry_after);
      return false;
    }
    return true;
  }

  void poll_again_in(std::chrono::nanoseconds wait) {
    const auto at = clock::now() + wait;
    if (at >= retry_at_)
      return; // an earlier one is on its way
    retry_at_ = at;
    self_->delayed_send(self_, wait, release_message{});
  }

  void dispatch(core::raw_batch_ptr batch, bool free) {
    auto item = std::make_shared<work_item>();
    item->records = batch->record_count;
    item->bytes = batch->byte_count;
    item->slot = config_->instance;
    item->free = free;
    item->delivery = core::delivery{batch, observer_};
    item->raw = std::move(batch);
    self_->send(config_->router, work_message{std::move(item)});
  }

  /// Keeps a batch that did not get through until the next tick: its worker is being replaced. Only
  /// a worker that ended while it worked on the batch counts as an attempt.
  void put_back(const settled_message& failed) {
    auto& batch = *failed.batch;
    if (failed.how == core::settlement::crashed && batch.attempt++ >= max_attempts) {
      self_->send(config_->supervisor,
                  failed_message{"source `" + config_->name + "`: a batch (partition " +
                                 std::to_string(batch.partition) + ") ended its worker " +
                                 std::to_string(max_attempts) +
                                 " times; see the log for the cause. Its records are not "
                                 "committed and will be read again."});
      return; // stays in flight: the run cannot end as if all were well
    }
    again_later_.push_back(failed.batch);
  }

  void send_again() {
    for (auto& batch : std::exchange(again_later_, {}))
      dispatch(std::move(batch), true);
  }

  void finish_if_drained() {
    if ((stopping_ || exhausted_) && in_flight_ == 0)
      end({});
  }

  /// Closes the source and reports. Safe to call again.
  void end(std::string error) {
    if (!config_->source)
      return;
    const bool drained = in_flight_ == 0;
    if (opened_)
      if (auto closed = config_->source->close(drained); !closed && error.empty())
        error = closed.error().message();
    config_->source.reset();
    config_->status->connected.store(false);
    config_->status->ended.store(true);
    again_later_.clear();
    if (!error.empty())
      error = "source `" + config_->name + "`: " + error;
    self_->send(config_->supervisor,
                ended_message{config_->index, true, drained, std::move(error)});
  }

  caf::event_based_actor* self_;
  std::shared_ptr<source_config> config_;
  core::ref_ptr<core::waker> waker_;
  credit_account credit_;
  credit_account unsettled_;
  std::shared_ptr<settle_observer> observer_;
  std::int64_t in_flight_ = 0;
  std::vector<core::raw_batch_ptr> again_later_;
  bool opened_ = false;
  bool stopping_ = false;
  bool exhausted_ = false;
  bool again_ = false;
  clock::time_point retry_at_ = clock::time_point::max();
};

} // namespace

caf::behavior source_actor(caf::event_based_actor* self, std::shared_ptr<source_config> config,
                           core::ref_ptr<core::waker> waker) {
  harden(self, config->name);
  auto state = std::make_shared<source_state>(self, std::move(config), std::move(waker));
  return {
      [state](open_message) { state->on_open(); },
      [state](wake_message) { state->on_wake(); },
      [state](run_message) { state->on_run(); },
      [state](release_message) { state->on_retry(); },
      [state](const credit_message& credit) { state->on_credit(credit); },
      [state](const settled_message& settled) { state->on_settled(settled); },
      [state](tick_message) { state->on_tick(); },
      [state](const stop_message& stop) { state->on_stop(stop); },
  };
}

} // namespace lepton::actors
