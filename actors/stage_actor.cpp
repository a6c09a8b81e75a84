#include "actors/stage_actor.hpp"

#include "actors/actor_errors.hpp"

#include <deque>
#include <utility>
#include <vector>

namespace lepton::actors {

namespace {

using clock = std::chrono::steady_clock;

struct queued {
  std::shared_ptr<work_item> item;
  caf::actor sender;
  clock::time_point arrived;
};

struct owed_credit {
  caf::actor sender;
  credit_message credit;
};

class stage_state {
public:
  stage_state(caf::event_based_actor* self, std::shared_ptr<stage_config> config)
      : self_{self}, config_{std::move(config)} {}

  ~stage_state() {
    for (const auto& waiting : inbox_)
      count(*waiting.item, -1);
    config_->health->busy_since.store(0);
  }

  void on_work(const std::shared_ptr<work_item>& item) {
    count(*item, 1);
    waiting_rows_ += item->records;
    inbox_.push_back({item, caf::actor_cast<caf::actor>(self_->current_sender()), clock::now()});
    if (config_->max_rows == 0 && !scheduled_ && ready())
      run(take()); // one batch at a time: nothing to collect, and a message saved
    schedule();
  }

  void on_credit(const credit_message& credit) {
    config_->out.granted(self_, credit);
    if (config_->out.empty())
      pay();
    schedule();
  }

  void on_rewire(const rewire_message& to) {
    config_->out.rewire(self_, to.slot, to.target);
    if (config_->out.empty())
      pay();
    schedule();
  }

  void on_run(bool waited) {
    (waited ? waiting_ : scheduled_) = false;
    if (!ready())
      return;
    if (const auto wait = queue_delay(); wait.count() > 0) {
      if (!std::exchange(waiting_, true))
        self_->delayed_send(self_, wait, run_message{true});
      return;
    }
    run(take());
    schedule();
  }

  void on_release() {
    holding_ = false;
    send_held();
    schedule();
  }

private:
  bool ready() const { return !inbox_.empty() && config_->out.empty() && !holding_; }

  void schedule() {
    if (scheduled_ || !ready())
      return;
    scheduled_ = true;
    self_->send(self_, run_message{});
  }

  /// How long to wait for more rows before the next model call.
  std::chrono::nanoseconds queue_delay() const {
    if (config_->max_queue_delay.count() == 0 || waiting_rows_ >= config_->preferred_rows)
      return {};
    return inbox_.front().arrived + config_->max_queue_delay - clock::now();
  }

  std::vector<queued> take() {
    std::vector<queued> taken;
    std::int64_t rows = 0;
    while (!inbox_.empty() &&
           (taken.empty() || rows + inbox_.front().item->records <= config_->max_rows)) {
      rows += inbox_.front().item->records;
      count(*inbox_.front().item, -1);
      taken.push_back(std::move(inbox_.front()));
      inbox_.pop_front();
    }
    waiting_rows_ -= rows;
    return taken;
  }

  void run(std::vector<queued> taken) {
    const auto start = clock::now();
    config_->health->busy_since.store(start.time_since_epoch().count());
    std::vector<std::vector<pipelines::program_output>> outputs(taken.size());
    try {
      if (config_->segment->kind == pipelines::segment_kind::source)
        config_->program->run_raw(taken.front().item->raw, outputs.front());
      else
        run_rows(taken, outputs);
    } catch (...) {
      for (auto& work : taken)
        work.item->delivery.blame();
      throw; // ends this actor; the supervisor replaces it
    }
    config_->health->busy_since.store(0);
    if (const auto& why = config_->program->stop_reason()) {
      self_->send(config_->supervisor, failed_message{*why});
      return; // the shares in `taken` fail: nothing of this run is committed
    }
    finish(taken, outputs, (clock::now() - start).count());
  }

  void run_rows(const std::vector<queued>& taken,
                std::vector<std::vector<pipelines::program_output>>& outputs) {
    std::vector<pipelines::stream_ref> streams;
    std::vector<core::batch_ptr> rows;
    for (const auto& work : taken) {
      streams.push_back(work.item->stream);
      rows.push_back(work.item->rows);
    }
    config_->program->run(streams, rows, outputs);
  }

  void finish(std::vector<queued>& taken,
              std::vector<std::vector<pipelines::program_output>>& outputs, std::int64_t busy_ns) {
    for (auto& work : taken)
      owed_.push_back({work.sender,
                       {work.item->slot, work.item->records, work.item->bytes,
                        busy_ns / static_cast<std::int64_t>(taken.size())}});
    held_items_ = std::move(taken);
    held_outputs_ = std::move(outputs);
    if (const auto hold = config_->program->hold(); hold.count() > 0) {
      holding_ = true;
      self_->delayed_send(self_, hold, release_message{});
      return;
    }
    send_held();
  }

  void send_held() {
    for (std::size_t i = 0; i < held_items_.size(); ++i) {
      auto& delivery = held_items_[i].item->delivery;
      config_->out.send(self_, *config_->segment, held_outputs_[i], delivery);
      delivery.done();
    }
    held_items_.clear();
    held_outputs_.clear();
    config_->credit_records->set(config_->out.credit_records());
    if (config_->out.empty())
      pay();
  }

  void pay() {
    for (auto& owed : owed_)
      if (owed.sender)
        self_->send(owed.sender, owed.credit);
    owed_.clear();
  }

  void count(const work_item& item, std::int64_t sign) const {
    config_->queue_records->add(sign * item.records);
    config_->queue_bytes->add(sign * item.bytes);
  }

  caf::event_based_actor* self_;
  std::shared_ptr<stage_config> config_;
  std::deque<queued> inbox_;
  std::int64_t waiting_rows_ = 0;
  std::vector<queued> held_items_;
  std::vector<std::vector<pipelines::program_output>> held_outputs_;
  std::vector<owed_credit> owed_;
  bool scheduled_ = false; ///< a run_message is on its way
  bool waiting_ = false;   ///< a delayed one is
  bool holding_ = false;
};

} // namespace

caf::behavior stage_actor(caf::event_based_actor* self, std::shared_ptr<stage_config> config) {
  harden(self, config->segment->name);
  auto state = std::make_shared<stage_state>(self, std::move(config));
  return {
      [state](const work_message& work) { state->on_work(work.item); },
      [state](const credit_message& credit) { state->on_credit(credit); },
      [state](const rewire_message& to) { state->on_rewire(to); },
      [state](run_message run) { state->on_run(run.waited); },
      [state](release_message) { state->on_release(); },
  };
}

} // namespace lepton::actors
