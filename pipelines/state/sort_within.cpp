#include "pipelines/state/sort_within.hpp"

#include "pipelines/state/event_time.hpp"
#include "pipelines/state/state_bytes.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

constexpr auto kind = state_kind("SORT");
constexpr std::uint16_t version = 1;

} // namespace

sort_within::sort_within(std::vector<core::field> fields)
    : layout_{key_layout::of_rows(std::move(fields))} {}

std::string_view sort_within::bytes(const place& at) const {
  if (at.row.handle == 0)
    return {};
  return {reinterpret_cast<const char*>(rows_.at(at.row)), at.row.size};
}

void sort_within::push(std::int64_t time, std::uint64_t arrival, std::string_view row) {
  place at{time, arrival, {}};
  if (!row.empty()) {
    at.row = rows_.allocate(row.size());
    std::memcpy(rows_.at(at.row), row.data(), row.size());
  }
  heap_.push_back(at);
  std::push_heap(heap_.begin(), heap_.end(), later);
}

void sort_within::add(std::span<const core::column* const> columns,
                      std::span<const std::int64_t> times, std::int64_t watermark_ms,
                      std::vector<std::int32_t>& late) {
  layout_.encode(columns, static_cast<std::int64_t>(times.size()), encoded_);
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (times[row] < watermark_ms)
      late.push_back(static_cast<std::int32_t>(row));
    else
      push(times[row], arrivals_++, encoded_.key(row));
  }
}

std::size_t sort_within::take(std::int64_t watermark_ms, std::size_t most,
                              std::vector<core::column_ptr>& columns,
                              std::vector<std::int64_t>& times) {
  std::vector<place> due;
  while (due.size() < most && !heap_.empty() && heap_.front().time <= watermark_ms) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    due.push_back(heap_.back());
    heap_.pop_back();
  }
  std::vector<std::string_view> rows;
  times.clear();
  for (const auto& at : due) {
    rows.push_back(bytes(at));
    times.push_back(at.time);
  }
  columns = layout_.decode(rows);
  for (auto& at : due)
    rows_.release(at.row);
  return due.size();
}

std::string sort_within::save() const {
  auto sorted = heap_;
  std::sort(sorted.begin(), sorted.end(),
            [](const place& a, const place& b) { return a.arrival < b.arrival; });
  std::string body;
  state_writer to{body};
  to.put(static_cast<std::uint32_t>(sorted.size()));
  for (const auto& at : sorted) {
    to.put(at.time);
    to.put_bytes(bytes(at));
  }
  return frame_state(kind, version, body);
}

core::result<void> sort_within::restore(std::string_view from_bytes) {
  std::string_view body;
  std::size_t size = 0;
  std::string error;
  if (!open_state(from_bytes, kind, version, body, size, error))
    return core::error{core::errc::malformed, "sort: " + error};
  state_reader from{body};
  for (auto left = from.get_count(12); left != 0; --left) {
    const auto time = from.get<std::int64_t>();
    const auto row = from.get_bytes();
    if (!from.ok() || !layout_.fits(row))
      return core::error{core::errc::malformed, "sort: a row does not fit the columns"};
    push(time, arrivals_++, row);
  }
  if (!from.ok() || !from.at_end())
    return core::error{core::errc::malformed, "sort: the state is damaged"};
  return {};
}

} // namespace lepton::pipelines
