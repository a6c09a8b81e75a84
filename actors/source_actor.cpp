#include "actors/source_actor.hpp"

#include "actors/actor_errors.hpp"
#include "actors/actor_waker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace lepton::actors {

namespace {

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

  void settled(core::raw_batch_ptr batch, bool ok) noexcept override {
    if (router_)
      caf::anon_send(router_, settled_message{batch, instance_, ok});
    caf::anon_send(source_, settled_message{std::move(batch), instance_, ok});
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
      : self_{self}, config_{std::move(config)}, waker_{std::move(waker)},
        credit_{config_->bound},
        observer_{std::make_shared<settle_observer>(
            caf::actor_cast<caf::actor>(self), config_->ordered ? config_->router : caf::actor{},
            config_->instance)} {}

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
    if (!settled.ok && !stopping_ && config_->source->owns(*settled.batch)) {
      try_again(settled.batch);
      return;
    }
    if (settled.ok)
      config_->source->settled(*settled.batch);
    else
      all_settled_ = false;
    --in_flight_;
    config_->in_flight->add(-1);
    finish_if_drained();
  }

  void on_tick() {
    if (!config_->source)
      return;
    if (auto ticked = config_->source->tick(); !ticked)
      return end(ticked.error().message());
    config_->status->lag.store(config_->source->lag().value_or(-1));
    config_->status->connected.store(config_->source->connected());
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

  void on_retry() {
    retry_scheduled_ = false;
    pump();
  }

private:
  /// Polls until there is no credit, nothing to read, or other messages should have their turn.
  void pump() {
    for (int i = 0; i < polls_in_a_row; ++i) {
      if (!config_->source || stopping_ || exhausted_ || !credit_.open())
        return;
      auto polled = config_->source->poll(
          {std::min(config_->batch.records, credit_.records()),
           std::min(config_->batch.bytes, std::max<std::int64_t>(1, credit_.bytes()))});
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
      dispatch(std::move(polled.batch), false);
    }
    if (polled.state == core::source_state::exhausted) {
      exhausted_ = true;
      finish_if_drained();
      return false;
    }
    if (polled.state == core::source_state::idle) {
      if (polled.retry_after.count() > 0 && !retry_scheduled_) {
        retry_scheduled_ = true;
        self_->delayed_send(self_, polled.retry_after, release_message{});
      }
      return false;
    }
    return true;
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

  void try_again(const core::raw_batch_ptr& batch) {
    if (batch->attempt >= max_attempts) {
      self_->send(config_->supervisor,
                  failed_message{"source `" + config_->name + "`: a batch (partition " +
                                 std::to_string(batch->partition) + ") failed " +
                                 std::to_string(max_attempts) +
                                 " times because its worker ended; see the log for the cause. "
                                 "Its records are not committed and will be read again."});
      return;
    }
    ++batch->attempt;
    dispatch(batch, true);
  }

  void finish_if_drained() {
    if ((stopping_ || exhausted_) && in_flight_ == 0)
      end({});
  }

  /// Closes the source and reports. Safe to call again.
  void end(std::string error) {
    if (!config_->source)
      return;
    const bool drained = in_flight_ == 0 && all_settled_;
    auto closed = config_->source->close(drained);
    if (!closed && error.empty())
      error = closed.error().message();
    config_->source.reset();
    config_->status->ended.store(true);
    if (!error.empty())
      error = "source `" + config_->name + "`: " + error;
    self_->send(config_->supervisor,
                ended_message{config_->index, true, drained, std::move(error)});
  }

  friend caf::behavior lepton::actors::source_actor(caf::event_based_actor*,
                                                    std::shared_ptr<source_config>,
                                                    core::ref_ptr<core::waker>);

  caf::event_based_actor* self_;
  std::shared_ptr<source_config> config_;
  core::ref_ptr<core::waker> waker_;
  credit_account credit_;
  std::shared_ptr<settle_observer> observer_;
  std::int64_t in_flight_ = 0;
  bool all_settled_ = true;
  bool stopping_ = false;
  bool exhausted_ = false;
  bool again_ = false;
  bool retry_scheduled_ = false;
};

} // namespace

caf::behavior source_actor(caf::event_based_actor* self, std::shared_ptr<source_config> config,
                           core::ref_ptr<core::waker> waker) {
  harden(self, config->name);
  auto state = std::make_shared<source_state>(self, std::move(config), std::move(waker));
  self->send(self, tick_message{});
  return {
      [state](wake_message) { state->on_wake(); },
      [state](run_message) {
        state->again_ = false;
        state->pump();
      },
      [state](release_message) { state->on_retry(); },
      [state](const credit_message& credit) { state->on_credit(credit); },
      [state](const settled_message& settled) { state->on_settled(settled); },
      [state](tick_message) { state->on_tick(); },
      [state](const stop_message& stop) { state->on_stop(stop); },
  };
}

} // namespace lepton::actors
