#include "connectors/zeromq/plain_sink.hpp"

#include "connectors/zeromq/plain_frames.hpp"
#include "core/new_life.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace lepton::connectors {

namespace {

using clock = std::chrono::steady_clock;

constexpr long longest_wait_ms = 100;
constexpr auto last_chance = std::chrono::seconds{4};
constexpr std::size_t records_in_a_row = 16'384;

} // namespace

plain_sink::plain_sink(std::shared_ptr<const plain_sink_settings> settings,
                       const core::run_context& context)
    : settings_{std::move(settings)},
      dropped_{
          context.metrics->counter(core::metric::records_dropped, {{"component", context.component},
                                                                   {"cause", "slow_subscriber"}})},
      gate_{settings_->sockets, [this] { wake_.signal(); }}, sender_{core::new_life()} {}

plain_sink::~plain_sink() {
  if (!thread_.joinable())
    return;
  abandoned_ = true;
  closing_ = true;
  wake_.signal();
  thread_.join();
}

core::result<void> plain_sink::open(core::ref_ptr<core::waker> owner) {
  owner_ = std::move(owner);
  LEPTON_TRY(gate_.open());
  LEPTON_TRY(open_socket());
  thread_ = std::thread{[this] { run(); }};
  return {};
}

core::result<void> plain_sink::open_socket() {
  socket_.close();
  auto made = gate_.make_socket(settings_->publishes ? ZMQ_PUB : ZMQ_PUSH, [&](auto& socket) {
    if (settings_->drops_for_all)
      socket.set(ZMQ_XPUB_NODROP, 1);
  });
  if (!made)
    return made.error();
  socket_ = std::move(*made);
  endpoint_ = socket_.last_endpoint();
  return {};
}

core::result<void> plain_sink::write(core::encoded_batch_ptr batch) {
  const std::lock_guard lock{mutex_};
  if (failure_)
    return *failure_;
  incoming_.push_back(std::move(batch));
  if (incoming_.size() == 1)
    wake_.signal();
  return {};
}

core::result<void> plain_sink::poll(std::vector<core::sink_completion>& ended) {
  const std::lock_guard lock{mutex_};
  for (auto& each : ended_)
    ended.push_back(std::move(each));
  ended_.clear();
  if (failure_)
    return *failure_;
  return {};
}

core::result<void> plain_sink::close() {
  if (!thread_.joinable())
    return {};
  closing_ = true;
  wake_.signal();
  thread_.join();
  if (not_written_ != 0 && !failure_)
    return core::error{core::errc::unavailable,
                       fmt::format("{} batches could not be sent because nobody takes messages; "
                                   "they are not committed and will be read again",
                                   not_written_)};
  return {};
}

bool plain_sink::idle() {
  const std::lock_guard lock{mutex_};
  return batches_.empty() && incoming_.empty();
}

void plain_sink::run() {
  clock::time_point give_up{};
  for (;;) {
    if (auto taken = take_writes(); !taken) {
      const std::lock_guard lock{mutex_};
      failure_ = taken.error();
      break;
    }
    send_batches();
    if (closing_) {
      if (give_up == clock::time_point{})
        give_up = clock::now() + last_chance;
      if (abandoned_ || idle() || clock::now() >= give_up)
        break;
    }
    std::array<zmq_pollitem_t, 2> items{
        {{nullptr, wake_.fd(), ZMQ_POLLIN, 0}, {socket_.get(), 0, ZMQ_POLLOUT, 0}}};
    zmq_poll(items.data(), batches_.empty() ? 1 : 2, longest_wait_ms);
    if ((items[0].revents & ZMQ_POLLIN) != 0)
      wake_.clear();
  }
  not_written_ = batches_.size();
  socket_.close();
  owner_->wake();
}

core::result<void> plain_sink::take_writes() {
  if (const auto now = gate_.revocations(); now != std::exchange(revocations_, now))
    LEPTON_TRY(open_socket()); // the only way to cut a reader off that is connected already
  const std::lock_guard lock{mutex_};
  for (auto& batch : incoming_)
    batches_.push_back(std::move(batch));
  incoming_.clear();
  return {};
}

void plain_sink::send_batches() {
  for (std::size_t sent = 0; sent < records_in_a_row && !batches_.empty();) {
    auto& batch = batches_.front();
    while (next_record_ < batch->records.size() && sent < records_in_a_row) {
      if (!send_record(*batch, batch->records[next_record_]))
        break;
      ++next_record_;
      ++sent;
    }
    if (next_record_ < batch->records.size())
      break;
    next_record_ = 0;
    done_.push_back({std::move(batch), {}});
    batches_.pop_front();
  }
  if (done_.empty())
    return;
  {
    const std::lock_guard lock{mutex_};
    for (auto& each : done_)
      ended_.push_back(std::move(each));
  }
  done_.clear();
  owner_->wake();
}

bool plain_sink::send_record(const core::encoded_batch& batch, const core::encoded_record& record) {
  const bool has_first = settings_->has_key || !settings_->topic.empty();
  const auto first = settings_->has_key ? batch.key(record) : std::string_view{settings_->topic};
  if (send_frames(first, has_first, batch.payload(record))) {
    ++number_;
    return true;
  }
  if (!settings_->publishes)
    return false;
  dropped_.add(); // only with `drops_for_all`: a PUB socket takes everything else
  ++number_;
  return true;
}

bool plain_sink::send_frames(std::string_view first, bool has_first, std::string_view payload) {
  // libzmq takes the later frames of a message once it has taken the first.
  if (has_first && !socket_.send(first, true))
    return false;
  if (!socket_.send(payload, settings_->numbers))
    return false;
  return !settings_->numbers || socket_.send(write_sequence_frame(sender_, number_ + 1));
}

} // namespace lepton::connectors
