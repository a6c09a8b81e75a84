#include "actors/router_actor.hpp"

#include "actors/actor_errors.hpp"

#include <deque>
#include <list>
#include <map>

namespace lepton::actors {

namespace {

struct queued {
  std::shared_ptr<work_item> item;
  caf::actor sender;
};

class router_state {
public:
  router_state(caf::event_based_actor* self, std::shared_ptr<router_config> config)
      : self_{self}, config_{std::move(config)},
        table_{config_->workers.size(), config_->bound, config_->ordered} {
    show_credit();
  }

  void on_work(const std::shared_ptr<work_item>& item) {
    queued work{item, caf::actor_cast<caf::actor>(self_->current_sender())};
    const auto lane = lane_of(*item);
    const auto found = lanes_.find(lane);
    count(*item, 1);
    if (found != lanes_.end()) {
      found->second.push_back(std::move(work));
    } else if (!dispatch(work)) {
      lanes_[lane].push_back(std::move(work));
      turns_.push_back(lane);
    }
  }

  void on_credit(const credit_message& credit) {
    table_.granted(credit.slot, credit.records, credit.bytes, credit.busy_ns);
    retry();
  }

  void on_settled(const settled_message& settled) {
    table_.settled({settled.instance, settled.batch->partition});
    retry();
  }

  void on_stuck(const stuck_message& worker) {
    table_.suspend(worker.slot, worker.stuck);
    retry();
  }

  void on_rewire(const rewire_message& to) {
    config_->workers[to.slot] = to.target;
    table_.reset(to.slot);
    retry();
  }

private:
  using partition_key = routing_table::partition_key;

  static partition_key key(const work_item& item) { return {item.slot, item.raw->partition}; }

  /// Batches that must leave in the order in which they came.
  partition_key lane_of(const work_item& item) const {
    return config_->ordered ? key(item) : partition_key{item.slot, 0};
  }

  /// Sends to a worker if one can take it now. The source's credit comes back with it.
  bool dispatch(const queued& work) {
    const auto& [item, sender] = work;
    const auto worker = table_.pick(key(*item));
    if (!worker)
      return false;
    table_.sent(*worker, key(*item), item->records, item->bytes);
    count(*item, -1);
    if (!item->free && sender)
      self_->send(sender, credit_message{item->slot, item->records, item->bytes, 0});
    item->slot = *worker;
    self_->send(config_->workers[*worker], work_message{item});
    show_credit();
    return true;
  }

  /// Sends what can go now, a batch of each lane in turn; a lane that must wait holds back no
  /// other.
  void retry() {
    std::list<partition_key> held;
    while (!turns_.empty() && table_.open()) {
      auto& lane = lanes_[turns_.front()];
      if (!dispatch(lane.front())) {
        held.splice(held.end(), turns_, turns_.begin());
        continue;
      }
      lane.pop_front();
      if (lane.empty()) {
        lanes_.erase(turns_.front());
        turns_.pop_front();
      } else {
        turns_.splice(turns_.end(), turns_, turns_.begin());
      }
    }
    turns_.splice(turns_.begin(), held);
  }

  void show_credit() const {
    config_->credit_records->set(table_.credit_records());
    config_->credit_bytes->set(table_.credit_bytes());
  }

  void count(const work_item& item, std::int64_t sign) const {
    config_->queue_records->add(sign * item.records);
    config_->queue_bytes->add(sign * item.bytes);
  }

  caf::event_based_actor* self_;
  std::shared_ptr<router_config> config_;
  routing_table table_;
  std::map<partition_key, std::deque<queued>> lanes_; ///< none is empty
  std::list<partition_key> turns_;                    ///< the lanes, the next one first
};

} // namespace

caf::behavior router_actor(caf::event_based_actor* self, std::shared_ptr<router_config> config) {
  harden(self, "router of " + config->name);
  auto state = std::make_shared<router_state>(self, std::move(config));
  return {
      [state](const work_message& work) { state->on_work(work.item); },
      [state](const credit_message& credit) { state->on_credit(credit); },
      [state](const settled_message& settled) { state->on_settled(settled); },
      [state](const rewire_message& to) { state->on_rewire(to); },
      [state](const stuck_message& worker) { state->on_stuck(worker); },
  };
}

} // namespace lepton::actors
