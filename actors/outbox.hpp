#pragma once

#include "actors/credit_account.hpp"
#include "actors/messages.hpp"
#include "core/metrics.hpp"
#include "pipelines/stage_program.hpp"

#include <caf/event_based_actor.hpp>

#include <deque>
#include <memory>
#include <vector>

namespace lepton::actors {

/// A receiver of one actor's outputs.
struct out_slot {
  caf::actor target;
  credit_account credit;
  bool drops = false;               ///< when_full: drop_newest; holds up no delivery
  core::counter* dropped = nullptr; ///< set if `drops`
  std::deque<std::shared_ptr<work_item>> waiting;
};

/// The sending side of flow control: sends while there is credit, keeps what must wait, in order,
/// and drops where the user asked for it.
class outbox {
public:
  /// Adds an account; returns its slot.
  std::size_t add(caf::actor target, pipelines::credit_bound bound, core::counter* dropped);
  /// Says that outputs of exit `exit` go to `slot`. Exits are numbered from 0 without a gap.
  void map_exit(std::size_t exit, std::size_t slot);

  /// Sends the outputs of one run, each with a share of `delivery`. A receiver that may lose
  /// records gets none: what it has not written must not hold up the commits of the others.
  void send(caf::event_based_actor* self, const pipelines::plan_segment& segment,
            std::vector<pipelines::program_output>& outputs, const core::delivery& delivery);
  /// Takes credit back and sends what waited for it.
  void granted(caf::event_based_actor* self, const credit_message& credit);
  /// Sends to a new receiver from now on, with full credit.
  void rewire(caf::event_based_actor* self, std::size_t slot, caf::actor target);

  /// True if nothing waits for credit.
  bool empty() const noexcept { return waiting_ == 0; }
  std::int64_t credit_records() const noexcept;

private:
  void push(caf::event_based_actor* self, std::size_t slot, std::shared_ptr<work_item> item);
  void flush(caf::event_based_actor* self, std::size_t slot);
  void transmit(caf::event_based_actor* self, out_slot& to, std::shared_ptr<work_item> item);

  std::vector<out_slot> slots_;
  std::vector<std::size_t> exits_;
  std::size_t waiting_ = 0;
};

} // namespace lepton::actors
