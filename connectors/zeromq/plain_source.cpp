#include "connectors/zeromq/plain_source.hpp"

#include "core/new_life.hpp"

#include <fmt/format.h>

#include <array>

namespace lepton::connectors {

namespace {

constexpr long longest_wait_ms = 100;
constexpr std::size_t most_waiting = 4; ///< batches
constexpr std::size_t most_frames = 3;
constexpr int messages_in_a_row = 1024;

} // namespace

plain_source::plain_source(std::shared_ptr<const plain_source_settings> settings,
                           const core::run_context& context)
    : settings_{std::move(settings)},
      missing_{context.metrics->counter(core::metric::missing_messages,
                                        {{"component", context.component}})},
      gate_{settings_->sockets, {}}, topic_{std::make_shared<const std::string>(context.component)},
      life_{core::new_life()} {}

plain_source::~plain_source() {
  stop();
}

void plain_source::stop() noexcept {
  if (!thread_.joinable())
    return;
  closing_ = true;
  wake_.signal();
  thread_.join();
}

core::result<void> plain_source::open(core::ref_ptr<core::waker> owner) {
  owner_ = std::move(owner);
  LEPTON_TRY(gate_.open());
  auto made = gate_.make_socket(settings_->subscribes ? ZMQ_SUB : ZMQ_PULL, [&](auto& socket) {
    if (!settings_->subscribes)
      return;
    for (const auto& topic : settings_->topics)
      socket.set(ZMQ_SUBSCRIBE, std::string_view{topic});
    if (settings_->topics.empty())
      socket.set(ZMQ_SUBSCRIBE, std::string_view{});
  });
  if (!made)
    return made.error();
  socket_ = std::move(*made);
  endpoint_ = socket_.last_endpoint();
  begin_batch();
  thread_ = std::thread{[this] { run(); }};
  return {};
}

core::result<core::source_poll> plain_source::poll(core::poll_budget) {
  batch_ptr batch;
  {
    const std::lock_guard lock{mutex_};
    if (ready_.empty())
      return core::source_poll{core::source_state::idle, nullptr, {}};
    batch = std::move(ready_.front());
    ready_.pop_front();
  }
  const auto before = waiting_.fetch_sub(1);
  if (before == most_waiting || (before == 1 && partial_waits_))
    wake_.signal();
  batch->received = core::raw_batch::clock::now();
  return core::source_poll{core::source_state::ready, std::move(batch), {}};
}

core::result<void> plain_source::close(bool) {
  stop();
  return {};
}

void plain_source::begin_batch() {
  filling_ = core::make_ref<plain_batch>(next_offset_);
  filling_->topic = topic_;
  filling_->life = life_;
  filling_->sequence = sequence_++;
}

bool plain_source::full() const {
  return filling_->record_count >= settings_->batch.records ||
         filling_->byte_count >= settings_->batch.bytes;
}

void plain_source::hand_over() {
  partial_waits_ = false;
  if (filling_->record_count == 0)
    return;
  next_offset_ += filling_->record_count;
  waiting_.fetch_add(1);
  {
    const std::lock_guard lock{mutex_};
    ready_.push_back(std::move(filling_));
  }
  begin_batch();
  owner_->wake();
}

void plain_source::run() {
  while (!closing_) {
    bool more = true;
    for (int i = 0; more && i < messages_in_a_row && waiting_ < most_waiting; ++i) {
      more = receive_one();
      if (full())
        hand_over();
    }
    // What is there does not wait for more, unless the owner has enough to do: then the batch
    // grows.
    partial_waits_ = filling_->record_count != 0;
    if (!more && waiting_ == 0)
      hand_over();
    const bool takes = waiting_ < most_waiting;
    if (takes && more)
      continue;
    std::array<zmq_pollitem_t, 2> items{
        {{nullptr, wake_.fd(), ZMQ_POLLIN, 0}, {socket_.get(), 0, ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), takes ? 2 : 1, longest_wait_ms);
    if ((items[0].revents & ZMQ_POLLIN) != 0)
      wake_.clear();
  }
  socket_.close();
}

bool plain_source::receive_one() {
  frames_.resize(1);
  if (!socket_.receive(frames_[0]))
    return false;
  std::size_t count = 1;
  bool more = frames_[0].more();
  while (more) {
    zmq_frame next;
    if (!socket_.receive(next))
      break;
    more = next.more();
    if (count++ < most_frames)
      frames_.push_back(std::move(next));
  }
  if (gate_.names_clients() && !gate_.allows(frames_[0].user()))
    return true; // of a client that lost its access: it is cut off here
  if (count > most_frames)
    fault(
        fmt::format("the ZeroMQ message has {} frames; a record has one, or a key and one", count));
  else
    take_message();
  return true;
}

void plain_source::take_message() {
  views_.clear();
  for (const auto& frame : frames_)
    views_.push_back(frame.bytes());
  plain_message message;
  if (!read_plain_message(views_, message))
    return fault("the ZeroMQ message has 3 frames and the last is no sequence of a Lepton sink");
  if (message.sender != 0)
    missing_.add(static_cast<std::int64_t>(gaps_.missing_before(message.sender, message.number)));
  filling_->add(message.key, message.payload);
}

void plain_source::fault(const std::string& why) {
  hand_over();
  filling_->fault = why;
  filling_->add({}, frames_.back().bytes());
  hand_over();
}

} // namespace lepton::connectors
