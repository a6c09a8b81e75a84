#include "actors/outbox.hpp"

#include <algorithm>

namespace lepton::actors {

namespace {

std::int64_t bytes_of(const pipelines::program_output& output) {
  return output.encoded ? static_cast<std::int64_t>(output.encoded->bytes.size())
                        : output.rows->byte_size();
}

} // namespace

std::size_t outbox::add(caf::actor target, pipelines::credit_bound bound, core::counter* dropped) {
  slots_.push_back({std::move(target), credit_account{bound}, dropped != nullptr, dropped, {}});
  return slots_.size() - 1;
}

void outbox::map_exit(std::size_t exit, std::size_t slot) {
  LEPTON_ASSERT(exit == exits_.size() && slot < slots_.size());
  exits_.push_back(slot);
}

void outbox::send(caf::event_based_actor* self, const pipelines::plan_segment& segment,
                  std::vector<pipelines::program_output>& outputs, const core::delivery& delivery) {
  for (auto& output : outputs) {
    auto item = std::make_shared<work_item>();
    item->stream = segment.exits[output.exit].stream;
    item->records = output.rows->rows;
    item->bytes = bytes_of(output);
    item->rows = std::move(output.rows);
    item->encoded = std::move(output.encoded);
    item->failed = std::move(output.failed);
    const auto slot = exits_[output.exit];
    if (!slots_[slot].drops)
      item->delivery = delivery.fork();
    push(self, slot, std::move(item));
  }
}

void outbox::push(caf::event_based_actor* self, std::size_t slot, std::shared_ptr<work_item> item) {
  auto& to = slots_[slot];
  item->slot = slot;
  if (to.credit.open() && to.waiting.empty()) {
    transmit(self, to, std::move(item));
  } else if (to.drops) {
    to.dropped->add(item->records);
  } else {
    to.waiting.push_back(std::move(item));
    ++waiting_;
  }
}

void outbox::transmit(caf::event_based_actor* self, out_slot& to, std::shared_ptr<work_item> item) {
  to.credit.spend(item->records, item->bytes);
  self->send(to.target, work_message{std::move(item)});
}

void outbox::flush(caf::event_based_actor* self, std::size_t slot) {
  auto& to = slots_[slot];
  while (!to.waiting.empty() && to.credit.open()) {
    auto item = std::move(to.waiting.front());
    to.waiting.pop_front();
    --waiting_;
    transmit(self, to, std::move(item));
  }
}

void outbox::granted(caf::event_based_actor* self, const credit_message& credit) {
  slots_[credit.slot].credit.grant(credit.records, credit.bytes);
  flush(self, credit.slot);
}

void outbox::rewire(caf::event_based_actor* self, std::size_t slot, caf::actor target) {
  slots_[slot].target = std::move(target);
  slots_[slot].credit.reset();
  flush(self, slot);
}

std::int64_t outbox::credit_records() const noexcept {
  std::int64_t least = INT64_MAX;
  for (const auto& slot : slots_)
    if (!slot.drops)
      least = std::min(least, std::max<std::int64_t>(0, slot.credit.records()));
  return least == INT64_MAX ? 0 : least;
}

} // namespace lepton::actors
