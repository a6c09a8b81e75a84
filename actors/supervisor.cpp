#include "actors/supervisor.hpp"

#include "actors/actor_errors.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>

namespace lepton::actors {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto tick_every = std::chrono::milliseconds{250};
/// `close` of a source may block for 10 s; a sink's may too, after its last writes (5 s).
constexpr auto source_close_timeout = std::chrono::seconds{11};
constexpr auto sink_close_timeout = std::chrono::seconds{17};

enum class phase {
  opening,  ///< sinks, so that nothing is read that could not be written
  running,  ///< sources open and read
  draining, ///< sources read no more and wait for what is under way
  leaving,  ///< sources were told not to wait
  closing,  ///< sources have ended; sinks close
  over
};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

class supervisor_state {
public:
  explicit supervisor_state(caf::event_based_actor* self) : self_{self} {}

  void on_adopt(const adopt_message& adopt) {
    config_ = adopt.config;
    for (const auto& worker : config_->workers)
      self_->monitor(worker->actor);
    for (const auto* list : {&config_->sources, &config_->sinks})
      for (const auto& connector : *list)
        self_->monitor(connector.actor);
    stuck_.assign(config_->workers.size(), false);
    for (const auto& sink : config_->sinks)
      self_->send(sink.actor, open_message{});
    self_->delayed_send(self_, tick_every, tick_message{});
    open_sources();
  }

  void on_opened(const opened_message& opened) {
    (opened.is_source ? config_->sources : config_->sinks)[opened.index].opened = true;
    open_sources();
  }

  void on_stop(const stop_message& stop) {
    if (phase_ == phase::opening || phase_ == phase::running)
      drain();
    else if (phase_ == phase::draining && !stop.drain)
      leave();
    else if (phase_ == phase::closing && !stop.drain)
      close_sinks(true);
  }

  void on_failed(const failed_message& failed) { fail(failed.reason); }

  void on_exhausted(const exhausted_message& exhausted) {
    config_->sources[exhausted.index].exhausted = true;
    if (std::all_of(config_->sources.begin(), config_->sources.end(),
                    [](const auto& source) { return source.exhausted || source.ended; }))
      flush_sinks();
  }

  void on_ended(const ended_message& ended) {
    auto& connector = (ended.is_source ? config_->sources : config_->sinks)[ended.index];
    connector.ended = true;
    outcome_.drained = outcome_.drained && ended.drained;
    const bool stopping = phase_ >= phase::draining;
    if (stopping && !connector.opened) // it was still looking for its peer: nothing is lost
      spdlog::debug("{} had not opened when the stop was asked for", connector.name);
    else if (!ended.error.empty())
      fail(ended.error);
    else if (!ended.is_source && phase_ < phase::closing)
      fail(connector.name + " ended on its own");
    advance();
  }

  void on_down(const caf::down_msg& down) {
    if (phase_ == phase::over || !config_)
      return;
    for (auto& worker : config_->workers)
      if (worker->actor.address() == down.source)
        return restart(*worker);
    for (auto* list : {&config_->sources, &config_->sinks})
      for (auto& connector : *list)
        if (connector.actor.address() == down.source && !connector.ended) {
          connector.ended = true;
          fail(connector.name + " ended unexpectedly; see the log for the cause");
        }
    advance();
  }

  void on_tick() {
    if (phase_ == phase::over)
      return;
    watch();
    if (clock::now() > deadline_)
      overdue();
    self_->delayed_send(self_, tick_every, tick_message{});
  }

private:
  static bool all_ended(const std::vector<connector_entry>& list) {
    return std::all_of(list.begin(), list.end(), [](const auto& one) { return one.ended; });
  }

  /// The names of those that have not ended.
  static std::string late(const std::vector<connector_entry>& list) {
    std::string names;
    for (const auto& one : list)
      if (!one.ended)
        names += (names.empty() ? "" : ", ") + one.name;
    return names;
  }

  void open_sources() {
    if (phase_ != phase::opening || !std::all_of(config_->sinks.begin(), config_->sinks.end(),
                                                 [](const auto& sink) { return sink.opened; }))
      return;
    phase_ = phase::running;
    for (const auto& source : config_->sources)
      self_->send(source.actor, open_message{});
  }

  void flush_sinks() {
    for (const auto& sink : config_->sinks)
      self_->send(sink.actor, flush_message{});
  }

  void drain() {
    phase_ = phase::draining;
    deadline_ = clock::now() + config_->stop_timeout;
    for (const auto& source : config_->sources)
      self_->send(source.actor, stop_message{true});
    flush_sinks();
    advance();
  }

  void leave() {
    phase_ = phase::leaving;
    deadline_ = clock::now() + source_close_timeout;
    for (const auto& source : config_->sources)
      self_->send(source.actor, stop_message{false});
    advance();
  }

  void close_sinks(bool now) {
    phase_ = phase::closing;
    deadline_ = clock::now() + (now ? source_close_timeout : sink_close_timeout);
    for (const auto& sink : config_->sinks)
      if (now) // overtakes what waits to be written
        self_->send<caf::message_priority::high>(sink.actor, close_message{true});
      else
        self_->send(sink.actor, close_message{false});
  }

  /// The deadline of the phase has passed.
  void overdue() {
    if (phase_ == phase::draining) {
      blame(fmt::format("not everything could be written within stop_timeout ({:.4g} s){}; what "
                        "was not written is not committed and will be read again",
                        seconds(config_->stop_timeout), stuck_workers()));
      leave();
    } else if (phase_ == phase::leaving) {
      blame(late(config_->sources) + " did not end in time and is left behind");
      for (auto& source : config_->sources)
        source.ended = true;
      advance();
    } else if (phase_ == phase::closing) {
      blame(late(config_->sinks) + " did not close in time and is left behind");
      finish();
    }
  }

  /// Notes why the run did not end well; the first reason counts.
  void blame(const std::string& reason) {
    outcome_.drained = false;
    if (outcome_.error.empty()) {
      spdlog::error("{}", reason);
      outcome_.error = reason;
    } else {
      spdlog::debug("after the first failure: {}", reason);
    }
  }

  void fail(const std::string& reason) {
    if (phase_ == phase::over)
      return;
    blame(reason);
    if (phase_ < phase::leaving)
      leave();
  }

  /// Goes on to closing the sinks, then to the end.
  void advance() {
    if (phase_ < phase::closing && all_ended(config_->sources))
      close_sinks(phase_ == phase::leaving);
    if (phase_ == phase::closing && all_ended(config_->sinks))
      finish();
  }

  void finish() {
    phase_ = phase::over;
    if (!outcome_.drained && outcome_.error.empty())
      outcome_.error =
          "stopped at once: what was not written is not committed and will be read again";
    for (const auto& worker : config_->workers)
      self_->send_exit(worker->actor, caf::exit_reason::user_shutdown);
    config_->ended(outcome_);
  }

  void restart(worker_entry& worker) {
    if (phase_ >= phase::leaving)
      return;
    const auto now = clock::now();
    restarts_.push_back(now);
    while (now - restarts_.front() > config_->restart_window)
      restarts_.pop_front();
    if (std::cmp_greater(restarts_.size(), config_->restart_limit))
      return fail(fmt::format("worker {} ended, and {} restarts within {:.4g} s are the limit "
                              "(settings.restart_limit); see the log for the cause",
                              worker.name, config_->restart_limit,
                              seconds(config_->restart_window)));
    worker.restarts->add();
    auto made = worker.respawn(self_);
    if (!made)
      return fail(made.error().message());
    spdlog::warn("worker {} ended and was started again; its batches are tried again", worker.name);
    worker.actor = *made;
    self_->monitor(worker.actor);
    for (const auto& [sender, slot] : worker.senders)
      self_->send(*sender, rewire_message{slot, worker.actor});
  }

  /// Reports workers that do not come back from one run, and has their partitions moved. Replica i
  /// of one segment feeds replica i of the next, so the whole row of replicas is avoided.
  void watch() {
    const auto now = clock::now().time_since_epoch().count();
    for (std::size_t i = 0; i < config_->workers.size(); ++i) {
      const auto& worker = *config_->workers[i];
      const auto since = worker.health->busy_since.load();
      const bool stuck = since != 0 && now - since > config_->stuck_after.count();
      if (stuck == stuck_[i])
        continue;
      stuck_[i] = stuck;
      if (stuck)
        spdlog::error("worker {} has worked on one batch for {:.1f} s; the others go on",
                      worker.name, seconds(std::chrono::nanoseconds{now - since}));
      else
        spdlog::warn("worker {} works again", worker.name);
      for (const auto& router : config_->routers)
        self_->send(router, stuck_message{worker.replica, stuck});
    }
  }

  std::string stuck_workers() const {
    std::string names;
    for (std::size_t i = 0; i < stuck_.size(); ++i)
      if (stuck_[i])
        names +=
            fmt::format("; worker {} does not come back from its batch", config_->workers[i]->name);
    return names;
  }

  caf::event_based_actor* self_;
  std::shared_ptr<supervisor_config> config_;
  phase phase_ = phase::opening;
  run_outcome outcome_;
  clock::time_point deadline_ = clock::time_point::max();
  std::deque<clock::time_point> restarts_;
  std::vector<bool> stuck_;
};

} // namespace

caf::behavior supervisor_actor(caf::event_based_actor* self, const std::string& pipeline) {
  harden(self, "supervisor of " + pipeline);
  auto state = std::make_shared<supervisor_state>(self);
  self->set_down_handler(
      [state](caf::scheduled_actor*, caf::down_msg& down) { state->on_down(down); });
  return {
      [state](const adopt_message& adopt) { state->on_adopt(adopt); },
      [state](const opened_message& opened) { state->on_opened(opened); },
      [state](const stop_message& stop) { state->on_stop(stop); },
      [state](const failed_message& failed) { state->on_failed(failed); },
      [state](const exhausted_message& exhausted) { state->on_exhausted(exhausted); },
      [state](const ended_message& ended) { state->on_ended(ended); },
      [state](tick_message) { state->on_tick(); },
  };
}

} // namespace lepton::actors
