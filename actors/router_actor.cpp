#include "actors/router_actor.hpp"

#include "actors/actor_errors.hpp"

#include <deque>
#include <set>

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
        table_{config_->workers.size(), config_->bound, config_->ordered} {}

  void on_work(const std::shared_ptr<work_item>& item) {
    auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
    count(*item, 1);
    if (waiting_.empty() && dispatch(item, sender))
      return;
    waiting_.push_back({item, std::move(sender)});
  }

  void on_credit(const credit_message& credit) {
    table_.granted(credit.slot, credit.records, credit.bytes, credit.busy_ns);
    retry();
  }

  void on_settled(const settled_message& settled) {
    table_.settled({settled.instance, settled.batch->partition});
    if (!waiting_.empty())
      retry();
  }

  void on_rewire(const rewire_message& to) {
    config_->workers[to.slot] = to.target;
    table_.reset(to.slot);
    retry();
  }

private:
  static routing_table::partition_key key(const work_item& item) {
    return {item.slot, item.raw->partition};
  }

  /// Sends to a worker if one can take it now. The source's credit comes back with it.
  bool dispatch(const std::shared_ptr<work_item>& item, const caf::actor& sender) {
    const auto worker = table_.pick(key(*item));
    if (!worker)
      return false;
    table_.sent(*worker, key(*item), item->records, item->bytes);
    count(*item, -1);
    if (!item->free && sender)
      self_->send(sender, credit_message{item->slot, item->records, item->bytes, 0});
    item->slot = *worker;
    self_->send(config_->workers[*worker], work_message{item});
    config_->credit_records->set(table_.credit_records());
    config_->credit_bytes->set(table_.credit_bytes());
    return true;
  }

  /// Sends what can go now; a partition that must wait holds back its later batches only.
  void retry() {
    std::set<routing_table::partition_key> held;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      const auto partition = key(*at->item);
      if (!held.contains(partition) && dispatch(at->item, at->sender))
        at = waiting_.erase(at);
      else
        held.insert(partition), ++at;
    }
  }

  void count(const work_item& item, std::int64_t sign) const {
    config_->queue_records->add(sign * item.records);
    config_->queue_bytes->add(sign * item.bytes);
  }

  caf::event_based_actor* self_;
  std::shared_ptr<router_config> config_;
  routing_table table_;
  std::deque<queued> waiting_;
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
  };
}

} // namespace lepton::actors
