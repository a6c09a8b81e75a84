#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lepton::pipelines {

/// Event-time timers: for each key and number at most one, due once the watermark reaches its time.
/// Does not call anyone: the owner takes what is due. Memory is bounded by the timers that are set,
/// because a timer that was moved or removed leaves its place in the queue soon after.
class timer_queue {
public:
  struct timer {
    std::int64_t time_ms = 0;
    std::string key;
    std::uint32_t number = 0; ///< the owner's: what the timer is for
  };

  /// Sets the timer, or moves it if it was set.
  void set(std::string_view key, std::uint32_t number, std::int64_t time_ms);
  /// Nothing happens if it is not set.
  void remove(std::string_view key, std::uint32_t number);
  /// Takes what is due: time <= watermark, in order of time, then key, then number; at most
  /// `most` of them. The order does not depend on how the timers were set.
  void take_due(std::int64_t watermark_ms, std::size_t most, std::vector<timer>& out);
  std::size_t size() const noexcept { return due_.size(); }
  /// Time of the next timer; `final_watermark` if there is none.
  std::int64_t next() const noexcept;

  std::string save() const;
  core::result<void> restore(std::string_view bytes);

private:
  struct place {
    std::int64_t time;
    std::string name;
  };
  static std::string name_of(std::string_view key, std::uint32_t number);
  static bool later(const place& a, const place& b) noexcept;
  bool current(const place& at) const;
  void drop_stale();

  std::unordered_map<std::string, std::int64_t> due_; ///< key and number, to time
  std::vector<place> heap_;                           ///< earliest first; may hold stale places
};

} // namespace lepton::pipelines
