#include "actors/supervisor.hpp"

#include "actors/actor_errors.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <deque>

namespace lepton::actors {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto tick_every = std::chrono::milliseconds{500};
constexpr auto stuck_after = std::chrono::seconds{5};

enum class phase { running, draining, closing, over };

class supervisor_state {
public:
  explicit supervisor_state(caf::event_based_actor* self) : self_{self} {}

  void on_adopt(const adopt_message& adopt) {
    config_ = adopt.config;
    for (const auto& worker : config_->workers)
      self_->monitor(worker->actor);
    for (const auto& actor : config_->sources)
      self_->monitor(actor);
    for (const auto& actor : config_->sinks)
      self_->monitor(actor);
    sources_left_ = config_->sources.size();
    sinks_left_ = config_->sinks.size();
    stuck_.assign(config_->workers.size(), false);
    self_->delayed_send(self_, tick_every, tick_message{});
  }

  void on_stop(const stop_message& stop) {
    if (phase_ == phase::running)
      drain();
    else if (phase_ == phase::draining && !stop.drain)
      give_up();
  }

  void on_failed(const failed_message& failed) { fail(failed.reason); }

  void on_ended(const ended_message& ended) {
    outcome_.drained = outcome_.drained && ended.drained;
    if (ended.is_source)
      --sources_left_;
    else
      --sinks_left_;
    if (!ended.error.empty())
      fail(ended.error);
    else if (!ended.is_source && phase_ != phase::closing)
      fail("a sink ended on its own");
    advance();
  }

  void on_down(const caf::down_msg& down) {
    if (phase_ == phase::over || !config_)
      return;
    for (auto& worker : config_->workers)
      if (worker->actor.address() == down.source)
        return restart(*worker);
    fail("an input or output thread ended unexpectedly; see the log for the cause");
    for (const auto& source : config_->sources)
      if (source.address() == down.source && sources_left_ > 0)
        --sources_left_;
    for (const auto& sink : config_->sinks)
      if (sink.address() == down.source && sinks_left_ > 0)
        --sinks_left_;
    advance();
  }

  void on_tick() {
    if (phase_ == phase::over)
      return;
    watch();
    if (phase_ == phase::draining && clock::now() > deadline_)
      give_up();
    self_->delayed_send(self_, tick_every, tick_message{});
  }

private:
  void drain() {
    phase_ = phase::draining;
    deadline_ = clock::now() + config_->stop_timeout;
    for (const auto& source : config_->sources)
      self_->send(source, stop_message{true});
    for (const auto& sink : config_->sinks)
      self_->send(sink, flush_message{});
    advance();
  }

  void give_up() {
    if (outcome_.error.empty())
      outcome_.error = fmt::format(
          "not everything could be written within stop_timeout ({:.4g} s); what was not written "
          "is not committed and will be read again",
          std::chrono::duration<double>(config_->stop_timeout).count());
    outcome_.drained = false;
    stop_now();
  }

  void stop_now() {
    phase_ = phase::draining;
    deadline_ = clock::time_point::max();
    for (const auto& source : config_->sources)
      self_->send(source, stop_message{false});
    advance();
  }

  void fail(const std::string& reason) {
    if (!outcome_.error.empty() || phase_ == phase::over) {
      if (phase_ != phase::over)
        spdlog::debug("after the first failure: {}", reason);
      return;
    }
    spdlog::error("{}", reason);
    outcome_.error = reason;
    outcome_.drained = false;
    if (phase_ == phase::running || phase_ == phase::draining)
      stop_now();
  }

  /// Goes on to closing the sinks, then to the end.
  void advance() {
    if (sources_left_ == 0 && (phase_ == phase::running || phase_ == phase::draining)) {
      phase_ = phase::closing;
      for (const auto& sink : config_->sinks)
        self_->send(sink, close_message{});
    }
    if (phase_ == phase::closing && sinks_left_ == 0)
      finish();
  }

  void finish() {
    phase_ = phase::over;
    for (const auto& worker : config_->workers)
      self_->send_exit(worker->actor, caf::exit_reason::user_shutdown);
    config_->ended(outcome_);
  }

  void restart(worker_entry& worker) {
    const auto now = clock::now();
    restarts_.push_back(now);
    while (now - restarts_.front() > config_->restart_window)
      restarts_.pop_front();
    worker.restarts->add();
    if (std::cmp_greater(restarts_.size(), config_->restart_limit))
      return fail(fmt::format("worker {} ended, and {} restarts within {:.4g} s are the limit "
                              "(settings.restart_limit); see the log for the cause",
                              worker.name, config_->restart_limit,
                              std::chrono::duration<double>(config_->restart_window).count()));
    auto made = worker.respawn(self_);
    if (!made)
      return fail(made.error().message());
    spdlog::warn("worker {} ended and was started again; its batches are tried again",
                 worker.name);
    worker.actor = *made;
    self_->monitor(worker.actor);
    for (const auto& [sender, slot] : worker.senders)
      self_->send(*sender, rewire_message{slot, worker.actor});
  }

  /// Reports workers that do not come back from one run.
  void watch() {
    const auto now = clock::now().time_since_epoch().count();
    for (std::size_t i = 0; i < config_->workers.size(); ++i) {
      const auto since = config_->workers[i]->health->busy_since.load();
      const bool stuck =
          since != 0 && now - since > std::chrono::nanoseconds{stuck_after}.count();
      if (stuck && !stuck_[i])
        spdlog::error("worker {} has worked on one batch for {:.1f} s; the others go on",
                      config_->workers[i]->name, static_cast<double>(now - since) / 1e9);
      stuck_[i] = stuck;
    }
  }

  caf::event_based_actor* self_;
  std::shared_ptr<supervisor_config> config_;
  phase phase_ = phase::running;
  run_outcome outcome_;
  std::size_t sources_left_ = 0;
  std::size_t sinks_left_ = 0;
  clock::time_point deadline_ = clock::time_point::max();
  std::deque<clock::time_point> restarts_;
  std::vector<bool> stuck_;
};

} // namespace

caf::behavior supervisor_actor(caf::event_based_actor* self) {
  harden(self, "supervisor");
  auto state = std::make_shared<supervisor_state>(self);
  self->set_down_handler(
      [state](caf::scheduled_actor*, caf::down_msg& down) { state->on_down(down); });
  return {
      [state](const adopt_message& adopt) { state->on_adopt(adopt); },
      [state](const stop_message& stop) { state->on_stop(stop); },
      [state](const failed_message& failed) { state->on_failed(failed); },
      [state](const ended_message& ended) { state->on_ended(ended); },
      [state](tick_message) { state->on_tick(); },
  };
}

} // namespace lepton::actors
