#include "connectors/zeromq/link_source.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>

namespace lepton::connectors {

namespace {

constexpr long longest_wait_ms = 100;
constexpr auto tick_every = std::chrono::seconds{1};
constexpr auto tell_every = std::chrono::seconds{10};
constexpr int frames_in_a_row = 64;

} // namespace

link_source::link_source(std::shared_ptr<const link_source_settings> settings,
                         const core::run_context& context)
    : settings_{std::move(settings)}, component_{context.component},
      repeats_{context.metrics->counter(core::metric::duplicates_removed,
                                        {{"component", context.component}})},
      gate_{settings_->sockets, [this] { wake_.signal(); }},
      receiver_{settings_->receiver,
                [this](const std::string& peer, const std::string& frame) { answer(peer, frame); },
                repeats_,
                context.metrics->counter(core::metric::unchecked_records,
                                         {{"component", context.component}})} {}

link_source::~link_source() {
  stop();
}

void link_source::stop() noexcept {
  if (!thread_.joinable())
    return;
  closing_ = true;
  wake_.signal();
  thread_.join();
}

core::result<void> link_source::open(core::ref_ptr<core::waker> owner) {
  owner_ = std::move(owner);
  LEPTON_TRY(receiver_.open());
  LEPTON_TRY(gate_.open());
  auto made = gate_.make_socket(ZMQ_ROUTER);
  if (!made)
    return made.error();
  socket_ = std::move(*made);
  endpoints_ = {socket_.last_endpoint()};
  thread_ = std::thread{[this] { run(); }};
  return {};
}

core::result<core::source_poll> link_source::poll(core::poll_budget) {
  const std::lock_guard lock{mutex_};
  if (failure_)
    return *failure_;
  if (ready_.empty())
    return core::source_poll{core::source_state::idle, nullptr, {}};
  auto batch = std::move(ready_.front());
  ready_.pop_front();
  batch->received = core::raw_batch::clock::now();
  return core::source_poll{core::source_state::ready, std::move(batch), {}};
}

void link_source::settled(const core::raw_batch& batch) {
  const std::lock_guard lock{mutex_};
  settled_.push_back(static_cast<const link_raw_batch&>(batch).message);
  if (settled_.size() == 1)
    wake_.signal();
}

core::result<void> link_source::close(bool) {
  stop();
  return {};
}

void link_source::run() {
  while (!closing_) {
    if (auto done = turn(); !done) {
      {
        const std::lock_guard lock{mutex_};
        failure_ = done.error();
      }
      owner_->wake();
      break;
    }
    std::array<zmq_pollitem_t, 2> items{
        {{socket_.get(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_.fd(), ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), items.size(), longest_wait_ms);
    if ((items[1].revents & ZMQ_POLLIN) != 0)
      wake_.clear();
  }
  tell_of_repeats(clock::now());
  // What was settled last is acknowledged, else it would be sent again.
  if (auto last = take_settled(); last) {
    receiver_.acknowledge(clock::now());
    if (auto ticked = receiver_.tick(clock::now()); !ticked)
      spdlog::error("source `{}`: {}", component_, ticked.error().message());
  }
  socket_.set(ZMQ_LINGER, 200);
  socket_.close();
}

core::result<void> link_source::turn() {
  const auto now = clock::now();
  LEPTON_TRY(take_settled());
  LEPTON_TRY(receive(now));
  hand_over();
  receiver_.acknowledge(now);
  if (now - ticked_ >= tick_every) {
    ticked_ = now;
    LEPTON_TRY(receiver_.tick(now));
    if (now - told_ >= tell_every)
      tell_of_repeats(now);
  }
  return {};
}

/// Without this line, a sender that sends nothing new looks as if nothing arrived.
void link_source::tell_of_repeats(clock::time_point now) {
  const auto repeats = repeats_.value();
  if (repeats == told_repeats_)
    return;
  spdlog::info("source `{}`: left out {} records that had come before", component_,
               repeats - told_repeats_);
  told_repeats_ = repeats;
  told_ = now;
}

core::result<void> link_source::take_settled() {
  std::vector<std::uint64_t> done;
  {
    const std::lock_guard lock{mutex_};
    done.swap(settled_);
  }
  for (const auto message : done)
    LEPTON_TRY(receiver_.settled(message));
  return {};
}

core::result<void> link_source::receive(clock::time_point now) {
  for (int i = 0; i < frames_in_a_row; ++i) {
    zmq_frame from;
    if (!socket_.receive(from))
      return {};
    auto frame = std::make_shared<zmq_frame>();
    bool whole = from.more() && socket_.receive(*frame) && !frame->more();
    for (zmq_frame rest; frame->more() && socket_.receive(rest) && rest.more();) {
    }
    const std::string_view user = gate_.names_clients() ? frame->user() : std::string_view{};
    if (!whole || !gate_.allows(user))
      continue; // of a client that lost its access: it is cut off here
    LEPTON_TRY(receiver_.hear(std::string{from.bytes()}, user, std::move(frame), now));
  }
  wake_.signal(); // there may be more
  return {};
}

void link_source::hand_over() {
  auto batches = receiver_.take();
  if (batches.empty())
    return;
  {
    const std::lock_guard lock{mutex_};
    for (auto& batch : batches)
      ready_.push_back(std::move(batch));
  }
  owner_->wake();
}

void link_source::answer(const std::string& peer, const std::string& frame) {
  if (socket_.send(peer, true))
    socket_.send(frame);
}

} // namespace lepton::connectors
