#pragma once

#include "core/sink.hpp"
#include "tests/actors/memory_source.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace lepton::tests {

/// What a test wants of its sink, and what it sees of it.
struct sink_script {
  std::atomic<bool> answers{true}; ///< false: no write ever ends
  std::int64_t hold = 0;         ///< so many batches stay unfinished until the next ones or a flush
  std::string fail_open;         ///< text of the failure
  std::int64_t fail_after = -1;  ///< writes
  std::int64_t refuse_every = 0; ///< every n-th row is refused
  std::shared_ptr<gate> open_gate;  ///< `open` waits here
  std::shared_ptr<gate> write_gate; ///< every `write` waits here

  std::atomic<int> opened{0};
  std::atomic<int> closed{0};
  std::atomic<std::int64_t> rows{0};      ///< written
  std::atomic<std::int64_t> most_rows{0}; ///< taken over and not ended, at most
  std::atomic<std::int64_t> most_bytes{0};

  using position = std::pair<std::int64_t, std::int64_t>;
  /// How often each (partition, offset) was written.
  std::map<position, int> seen() {
    const std::lock_guard lock{mutex};
    std::map<position, int> out;
    for (const auto& one : order)
      ++out[one];
    return out;
  }
  std::mutex mutex;
  std::vector<position> order; ///< as written
};

/// Takes rows as they are and remembers their positions.
class memory_sink final : public core::sink {
public:
  explicit memory_sink(std::shared_ptr<sink_script> script) : script_{std::move(script)} {}

  core::result<void> open(core::ref_ptr<core::waker> owner) override {
    if (script_->open_gate)
      script_->open_gate->pass();
    if (!script_->fail_open.empty())
      return core::error{core::errc::permission, script_->fail_open};
    waker_ = std::move(owner);
    ++script_->opened;
    return {};
  }

  core::result<void> write(core::encoded_batch_ptr batch) override {
    if (script_->write_gate)
      script_->write_gate->pass();
    if (script_->fail_after >= 0 && writes_++ >= script_->fail_after)
      return core::error{core::errc::io, "no space left on device"};
    rows_ += batch->origin->rows;
    bytes_ += batch->origin->byte_size();
    script_->most_rows = std::max(script_->most_rows.load(), rows_);
    script_->most_bytes = std::max(script_->most_bytes.load(), bytes_);
    waiting_.push_back(std::move(batch));
    if (script_->answers && static_cast<std::int64_t>(waiting_.size()) > script_->hold)
      waker_->wake();
    return {};
  }

  core::result<void> poll(std::vector<core::sink_completion>& ended) override {
    while (script_->answers && static_cast<std::int64_t>(waiting_.size()) > hold()) {
      ended.push_back(finish(std::move(waiting_.front())));
      waiting_.pop_front();
    }
    return {};
  }

  void flush() override { flushed_ = true; }

  core::result<void> close() override {
    ++script_->closed;
    return {};
  }

private:
  std::int64_t hold() const { return flushed_ ? 0 : script_->hold; }

  core::sink_completion finish(core::encoded_batch_ptr batch) {
    const auto& rows = *batch->origin;
    core::sink_completion done{batch, {}};
    rows_ -= rows.rows;
    bytes_ -= rows.byte_size();
    const std::lock_guard lock{script_->mutex};
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      if (script_->refuse_every > 0 && ++count_ % script_->refuse_every == 0) {
        done.failed.push_back({static_cast<std::int32_t>(r), "refused"});
        continue;
      }
      const auto at = static_cast<std::size_t>(r);
      script_->order.emplace_back(rows[0].as<std::int64_t>()[at], rows[1].as<std::int64_t>()[at]);
      ++script_->rows;
    }
    return done;
  }

  std::shared_ptr<sink_script> script_;
  core::ref_ptr<core::waker> waker_;
  std::deque<core::encoded_batch_ptr> waiting_;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t writes_ = 0;
  std::int64_t count_ = 0;
  bool flushed_ = false;
};

/// Counts the rows of an error output by reason.
class error_sink final : public core::sink {
public:
  explicit error_sink(std::shared_ptr<std::atomic<std::int64_t>> rows) : rows_{std::move(rows)} {}
  core::result<void> open(core::ref_ptr<core::waker>) override { return {}; }
  core::result<void> write(core::encoded_batch_ptr batch) override {
    *rows_ += batch->origin->rows;
    done_.push_back(std::move(batch));
    return {};
  }
  core::result<void> poll(std::vector<core::sink_completion>& ended) override {
    for (auto& batch : done_)
      ended.push_back({std::move(batch), {}});
    done_.clear();
    return {};
  }

private:
  std::shared_ptr<std::atomic<std::int64_t>> rows_;
  std::vector<core::encoded_batch_ptr> done_;
};

} // namespace lepton::tests
