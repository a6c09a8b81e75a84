#include "connectors/zeromq/link_sink.hpp"

#include "core/new_life.hpp"
#include "core/sealing.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>
#include <variant>

namespace lepton::connectors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr long longest_wait_ms = 50;
constexpr auto heartbeat_every = milliseconds{1000};
constexpr auto silence_limit = seconds{5}; ///< then the connection is made anew
constexpr auto greet_every = seconds{3};
constexpr auto urgent_patience = milliseconds{500};
constexpr auto greet_after_refusal = seconds{2};
constexpr auto warn_every = seconds{30};
constexpr auto last_chance = seconds{8}; ///< `close` may take 10 s
constexpr int frames_in_a_row = 64;

void release_frame(void*, void* hint) {
  delete static_cast<send_queue::frame_ptr*>(hint);
}

} // namespace

link_sink::link_sink(std::shared_ptr<const link_sink_settings> settings,
                     const core::run_context& context)
    : settings_{std::move(settings)}, component_{context.component}, pipeline_{context.pipeline},
      vault_{context.vault}, spool_batches_{context.metrics->gauge(
                                 core::metric::spool_batches, {{"component", context.component}})},
      spool_bytes_{
          context.metrics->gauge(core::metric::spool_bytes, {{"component", context.component}})},
      gate_{settings_->sockets, {}}, session_{core::new_life()} {}

link_sink::~link_sink() {
  if (!thread_.joinable())
    return;
  abandoned_ = true;
  closing_ = true;
  wake_.signal();
  thread_.join();
}

core::result<std::unique_ptr<spool>> link_sink::open_spool() {
  if (settings_->spool_path.empty())
    return std::unique_ptr<spool>{};
  spool_options options;
  options.path = settings_->spool_path;
  options.max_size = settings_->spool_max_size;
  options.segment_size = settings_->spool_segment_size;
  options.fsync = settings_->spool_fsync;
  options.topic = fmt::format("spool:{}/{}", pipeline_, component_);
  if (!settings_->spool_key.empty()) {
    if (!vault_)
      return core::error{core::errc::permission,
                         "`spool.key` needs a keyring, and the pipeline has none"};
    core::seal_options seal;
    seal.key = settings_->spool_key;
    seal.tenant = settings_->tenant;
    seal.pipeline = pipeline_;
    auto sealer = vault_->make_sealer(seal);
    if (!sealer)
      return sealer.error();
    core::open_options unseal;
    unseal.key = settings_->spool_key;
    unseal.tenant = settings_->tenant;
    unseal.pipeline = pipeline_;
    unseal.detect_replay = false; // what is not acknowledged is read again by each process
    auto opener = vault_->make_opener(unseal);
    if (!opener)
      return opener.error();
    options.sealer = std::move(*sealer);
    options.opener = std::move(*opener);
  }
  return spool::open(std::move(options));
}

core::result<void> link_sink::open(core::ref_ptr<core::waker> owner) {
  owner_ = std::move(owner);
  auto disk = open_spool();
  if (!disk)
    return disk.error();
  if (*disk && (!(*disk)->empty() || (*disk)->lost() != 0))
    spdlog::info("sink `{}`: the spool {} has {} batches of an earlier run; {} were damaged or cut "
                 "off",
                 component_, settings_->spool_path, (*disk)->records(), (*disk)->lost());
  queue_.emplace(std::move(*disk), settings_->spool_after);
  LEPTON_TRY(gate_.open());
  LEPTON_TRY(reconnect());
  thread_ = std::thread{[this] { run(); }};
  return {};
}

core::result<void> link_sink::write(core::encoded_batch_ptr batch) {
  std::vector<core::row_error> failed;
  auto parts = make_link_parts(*batch, failed);
  const std::lock_guard lock{mutex_};
  if (failure_)
    return *failure_;
  incoming_.push_back({std::move(batch), std::move(parts), std::move(failed)});
  if (incoming_.size() == 1)
    wake_.signal();
  return {};
}

core::result<void> link_sink::poll(std::vector<core::sink_completion>& ended) {
  const std::lock_guard lock{mutex_};
  for (auto& each : ended_)
    ended.push_back(std::move(each));
  ended_.clear();
  if (failure_)
    return *failure_;
  return {};
}

void link_sink::flush() {
  urgent_ = true;
  wake_.signal();
}

core::result<void> link_sink::close() {
  if (!thread_.joinable())
    return {};
  urgent_ = true;
  closing_ = true;
  wake_.signal();
  thread_.join();
  if (not_written_ != 0 && !failure_)
    return core::error{core::errc::unavailable,
                       fmt::format("{} batches were not acknowledged by {} and there is no spool "
                                   "that has them; they are not committed and will be read again",
                                   not_written_, settings_->sockets.connect.front())};
  return {};
}

void link_sink::run() {
  for (;;) {
    auto done = turn();
    hand_over();
    if (!done) {
      const std::lock_guard lock{mutex_};
      failure_ = done.error();
    }
    if (!done || (closing_ && finished(clock::now())))
      break;
    wait();
  }
  not_written_ = unfinished_;
  if (socket_ && greeted_)
    socket_.send(write_link_frame(link_goodbye{}));
  if (const auto* disk = queue_->disk(); disk && !disk->empty())
    spdlog::info("sink `{}`: {} batches stay in the spool {} and are sent at the next start",
                 component_, disk->records(), settings_->spool_path);
  connected_ = false;
  if (socket_)
    socket_.set(ZMQ_LINGER, 200); // for the goodbye
  socket_.close();
  owner_->wake();
}

core::result<void> link_sink::turn() {
  const auto now = clock::now();
  LEPTON_TRY(take_writes(now));
  LEPTON_TRY(receive(now));
  LEPTON_TRY(keep_alive(now));
  if (urgent_ && urgent_since_ == clock::time_point{})
    urgent_since_ = now;
  LEPTON_TRY(queue_->work(now, urgent_ && now - urgent_since_ > urgent_patience));
  send_frames(now);
  return {};
}

bool link_sink::finished(clock::time_point now) {
  if (give_up_at_ == clock::time_point{})
    give_up_at_ = now + last_chance;
  if (queue_->empty() || abandoned_ || now >= give_up_at_)
    return true;
  return queue_->safe() && !connected_; // the spool has the rest
}

void link_sink::wait() {
  const bool more = !blocked_ && greeted_ && (queue_->next_frame() || queue_->wants_refill());
  std::array<zmq_pollitem_t, 2> items{
      {{socket_.get(), 0, static_cast<short>(ZMQ_POLLIN | (blocked_ ? ZMQ_POLLOUT : 0)), 0},
       {nullptr, wake_.fd(), ZMQ_POLLIN, 0}}};
  zmq_poll(items.data(), items.size(), more ? 0 : longest_wait_ms);
  if ((items[1].revents & ZMQ_POLLIN) != 0)
    wake_.clear();
}

core::result<void> link_sink::take_writes(clock::time_point now) {
  std::vector<incoming_write> taken;
  {
    const std::lock_guard lock{mutex_};
    taken.swap(incoming_);
  }
  unfinished_ += taken.size();
  for (auto& each : taken)
    queue_->add(std::move(each.batch), std::move(each.parts), std::move(each.failed), now);
  return {};
}

core::result<void> link_sink::receive(clock::time_point now) {
  zmq_frame frame;
  for (int i = 0; i < frames_in_a_row && socket_.receive(frame); ++i) {
    bool whole = true;
    while (frame.more() && socket_.receive(frame))
      whole = false;
    const auto message = read_link_frame(frame.bytes());
    if (!whole || !message) {
      if (now - warned_ > warn_every)
        spdlog::warn("sink `{}`: what answers at {} is no Lepton link, or of another version",
                     component_, settings_->sockets.connect.front());
      warned_ = now;
      continue;
    }
    heard_ = now;
    LEPTON_TRY(hear(*message, now));
  }
  return {};
}

core::result<void> link_sink::hear(const link_message& message, clock::time_point now) {
  if (const auto* grant = std::get_if<link_grant>(&message))
    return hear_grant(*grant, now);
  if (const auto* refusal = std::get_if<link_refusal>(&message))
    return hear_refusal(*refusal, now);
  if (std::holds_alternative<link_reset>(message) && greeted_)
    greet(now); // a new process listens there: what it did not settle is sent again
  return {};
}

core::result<void> link_sink::hear_grant(const link_grant& grant, clock::time_point) {
  if (grant.session != session_ || grant.attempt != attempt_)
    return {}; // the answer to an earlier hello
  const auto known = queue_->acknowledge(grant.acknowledged);
  if (!known)
    return known.error();
  if (!*known)
    return core::error{core::errc::malformed, fmt::format("{} acknowledges what was never sent",
                                                          settings_->sockets.connect.front())};
  queue_->set_grant(grant.records, grant.bytes);
  greeted_ = true;
  connected_ = true;
  return {};
}

core::result<void> link_sink::hear_refusal(const link_refusal& refusal, clock::time_point now) {
  greeted_ = false;
  connected_ = false;
  if (refusal.final)
    return core::error{core::errc::cancelled,
                       fmt::format("{} refuses this sender: {}", settings_->sockets.connect.front(),
                                   refusal.reason)};
  greet_at_ = now + greet_after_refusal;
  if (now - warned_ > warn_every) {
    warned_ = now;
    spdlog::warn("sink `{}`: {} refuses this sender for now: {}", component_,
                 settings_->sockets.connect.front(), refusal.reason);
  }
  return {};
}

core::result<void> link_sink::keep_alive(clock::time_point now) {
  if (now - heard_ > silence_limit) {
    connected_ = false;
    LEPTON_TRY(reconnect());
    greet(now);
  } else if (!greeted_ && now >= greet_at_) {
    greet(now);
  } else if (greeted_ && now - spoke_ > heartbeat_every) {
    socket_.send(write_link_frame(link_heartbeat{}));
    spoke_ = now;
  }
  return {};
}

core::result<void> link_sink::reconnect() {
  socket_.close(); // with what libzmq has queued: it is sent again
  auto made = gate_.make_socket(ZMQ_DEALER);
  if (!made)
    return made.error();
  socket_ = std::move(*made);
  heard_ = clock::now();
  blocked_ = false;
  return {};
}

void link_sink::greet(clock::time_point now) {
  greeted_ = false;
  queue_->begin_again();
  link_hello hello{session_, queue_->first_sequence(), ++attempt_, settings_->edge,
                   settings_->stream};
  socket_.send(write_link_frame(hello));
  greet_at_ = now + greet_every;
  spoke_ = now;
}

void link_sink::send_frames(clock::time_point now) {
  blocked_ = false;
  for (int i = 0; greeted_ && i < frames_in_a_row; ++i) {
    const auto frame = queue_->next_frame();
    if (!frame)
      return;
    if (!send_frame(frame)) {
      blocked_ = true;
      return;
    }
    queue_->sent();
    spoke_ = now;
  }
}

bool link_sink::send_frame(const send_queue::frame_ptr& frame) {
  // libzmq keeps a share of the frame instead of a copy.
  auto* share = new send_queue::frame_ptr{frame};
  zmq_msg_t message;
  zmq_msg_init_data(&message, const_cast<char*>(frame->data()), frame->size(), release_frame,
                    share);
  if (zmq_msg_send(&message, socket_.get(), ZMQ_DONTWAIT) >= 0)
    return true;
  zmq_msg_close(&message);
  return false;
}

void link_sink::hand_over() {
  if (const auto* disk = queue_->disk()) {
    spool_batches_.set(disk->records());
    spool_bytes_.set(disk->bytes());
  }
  if (!queue_->has_ended())
    return;
  {
    const std::lock_guard lock{mutex_};
    const auto before = ended_.size();
    queue_->take_ended(ended_);
    unfinished_ -= ended_.size() - before;
  }
  owner_->wake();
}

} // namespace lepton::connectors
