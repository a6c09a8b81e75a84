#include "connectors/zeromq/send_queue.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

namespace lepton::connectors {

namespace {

constexpr auto full_disk_pause = std::chrono::seconds{1};
constexpr std::size_t read_ahead = 64; ///< messages taken back from the disk before they are sent
constexpr std::uint64_t read_ahead_bytes = 4 << 20;

} // namespace

send_queue::send_queue(std::unique_ptr<spool> spool, clock::duration patience)
    : spool_{std::move(spool)}, patience_{patience}, spooling_{has_spooled()} {}

void send_queue::push(std::string frame, std::int64_t records, std::int64_t bytes,
                      std::uint64_t spool_index, clock::time_point now) {
  set_link_sequence(frame, next_sequence_);
  window_.push_back({next_sequence_++,
                     std::make_shared<const std::string>(std::move(frame)),
                     static_cast<std::uint64_t>(records),
                     static_cast<std::uint64_t>(bytes),
                     spool_index,
                     now,
                     {}});
}

void send_queue::push_parts(waiting_write& from) {
  for (; from.next < from.parts.size(); ++from.next) {
    auto& part = from.parts[from.next];
    push(std::move(part.frame), part.records, part.size, 0, from.since);
  }
  window_.back().ends = std::move(from.ends);
}

void send_queue::add(core::encoded_batch_ptr write, std::vector<link_part> parts,
                     std::vector<core::row_error> failed, clock::time_point now) {
  waiting_write added{{std::move(write), std::move(failed)}, std::move(parts), 0, now};
  if (added.parts.empty())
    end(added.ends);
  else if (spooling_)
    waiting_.push_back(std::move(added));
  else
    push_parts(added);
}

void send_queue::end(core::sink_completion& write) {
  if (write.batch)
    ended_.push_back(std::exchange(write, {}));
}

void send_queue::take_ended(std::vector<core::sink_completion>& out) {
  for (auto& each : ended_)
    out.push_back(std::move(each));
  ended_.clear();
}

core::result<void> send_queue::work(clock::time_point now, bool urgent) {
  if (!spool_)
    return {};
  if (now >= try_disk_at_) {
    const bool late = !window_.empty() && (urgent || now - window_.front().since >= patience_);
    if (!spooling_ && late)
      LEPTON_TRY(begin_spooling(now));
    if (spooling_)
      LEPTON_TRY(spool_waiting(now));
  }
  if (!spooling_)
    return {};
  LEPTON_TRY(refill(now));
  if (has_unread() || has_unsent())
    return {};
  // All that is on disk is sent: what follows may wait in memory again, behind it.
  for (auto& each : waiting_)
    push_parts(each);
  waiting_.clear();
  spooling_ = false;
  return {};
}

core::result<void> send_queue::begin_spooling(clock::time_point now) {
  LEPTON_ASSERT(!has_unread());
  const auto before = spool_->position();
  std::vector<std::uint64_t> indices;
  for (const auto& each : window_) {
    if (each.spool_index != 0)
      continue;
    const auto index = spool_->next_index();
    const auto appended = spool_->append(std::string_view{*each.frame}.substr(link_batch_head));
    if (!appended)
      return appended.error();
    if (!*appended) {
      LEPTON_TRY(spool_->roll_back(before));
      no_room(now);
      return {};
    }
    indices.push_back(index);
  }
  LEPTON_TRY(spool_->sync());
  auto index = indices.begin();
  for (auto& each : window_) {
    if (each.spool_index == 0)
      each.spool_index = *index++;
    end(each.ends);
  }
  leave_unsent_on_disk();
  spooling_ = true;
  return {};
}

/// Batches that nobody has seen give up their sequence and memory: they come back from the disk,
/// joined.
void send_queue::leave_unsent_on_disk() {
  auto unread = spool_->next_index();
  while (!window_.empty() && window_.back().sequence > last_sent_) {
    unread = window_.back().spool_index;
    next_sequence_ = window_.back().sequence;
    window_.pop_back();
  }
  next_to_send_ = std::min(next_to_send_, window_.size());
  spool_->skip_to(unread);
}

core::result<void> send_queue::spool_waiting(clock::time_point now) {
  std::size_t whole = 0; // writes whose last part is appended
  bool room = true;
  for (; whole < waiting_.size() && room; whole += room ? 1 : 0) {
    auto& write = waiting_[whole];
    while (write.next < write.parts.size() && room) {
      const auto appended =
          spool_->append(std::string_view{write.parts[write.next].frame}.substr(link_batch_head));
      if (!appended)
        return appended.error();
      room = *appended;
      write.next += room ? 1 : 0;
    }
  }
  if (!room)
    no_room(now);
  else
    told_no_room_ = false;
  LEPTON_TRY(spool_->sync());
  for (; whole != 0; --whole) {
    end(waiting_.front().ends);
    waiting_.pop_front();
  }
  return {};
}

void send_queue::no_room(clock::time_point now) {
  try_disk_at_ = now + full_disk_pause;
  if (!std::exchange(told_no_room_, true))
    spdlog::warn("the spool has no room (`max_size` reached or disk full): the pipeline waits");
}

core::result<void> send_queue::refill(clock::time_point now) {
  while (wants_refill()) {
    auto read = reader_.next(*spool_, static_cast<std::size_t>(records_ - used_records_));
    if (!read)
      return read.error();
    if (!*read)
      return {};
    push(std::move((*read)->frame), (*read)->records, (*read)->bytes, (*read)->last, now);
  }
  return {};
}

bool send_queue::wants_refill() const noexcept {
  if (!spooling_ || !has_unread() || !has_credit() || window_.size() - next_to_send_ >= read_ahead)
    return false;
  std::uint64_t unsent = 0;
  for (auto i = next_to_send_; i < window_.size(); ++i)
    unsent += window_[i].bytes;
  return unsent < read_ahead_bytes;
}

void send_queue::begin_again() {
  next_to_send_ = 0;
  records_ = bytes_ = used_records_ = used_bytes_ = 0;
}

void send_queue::set_grant(std::uint64_t records, std::uint64_t bytes) {
  records_ = records;
  bytes_ = bytes;
}

send_queue::frame_ptr send_queue::next_frame() const {
  return has_unsent() && has_credit() ? window_[next_to_send_].frame : nullptr;
}

void send_queue::sent() {
  const auto& entry = window_[next_to_send_++];
  last_sent_ = std::max(last_sent_, entry.sequence);
  used_records_ += entry.records;
  used_bytes_ += entry.bytes;
}

core::result<bool> send_queue::acknowledge(std::uint64_t sequence) {
  if (sequence >= next_sequence_)
    return false;
  std::uint64_t spooled = 0;
  while (!window_.empty() && window_.front().sequence <= sequence) {
    spooled = std::max(spooled, window_.front().spool_index);
    end(window_.front().ends);
    window_.pop_front();
    next_to_send_ -= next_to_send_ == 0 ? 0 : 1;
  }
  if (spooled != 0)
    LEPTON_TRY(spool_->acknowledge(spooled));
  return true;
}

bool send_queue::safe() const noexcept {
  return waiting_.empty() && std::all_of(window_.begin(), window_.end(),
                                         [](const auto& each) { return each.spool_index != 0; });
}

} // namespace lepton::connectors
