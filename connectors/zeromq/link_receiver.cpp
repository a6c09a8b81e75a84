#include "connectors/zeromq/link_receiver.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace lepton::connectors {

namespace {

constexpr auto silent_peer = std::chrono::minutes{1};
constexpr std::size_t most_peers = 1024;
constexpr std::size_t most_former = 16;

/// Offset of a record at this receiver: the same whenever its sender sends the message again.
std::int64_t offset_of(std::uint64_t sequence, std::size_t record) {
  return static_cast<std::int64_t>((sequence & 0x3fffffffffff) << 17 | record);
}

} // namespace

link_receiver::link_receiver(link_receiver_settings settings, answer send, core::counter& repeats,
                             core::counter& unchecked)
    : settings_{std::move(settings)}, send_{std::move(send)}, repeats_{repeats},
      unchecked_{unchecked} {}

void link_receiver::refuse(const std::string& peer, bool final, std::string_view reason) {
  send_(peer, write_link_frame(link_refusal{final, reason}));
}

link_receiver::stream* link_receiver::stream_of(const std::string& peer) {
  const auto known = peers_.find(peer);
  if (known == peers_.end())
    return nullptr;
  const auto found = streams_.find(known->second.stream);
  return found != streams_.end() && found->second.peer == peer ? &found->second : nullptr;
}

core::result<void> link_receiver::hear(const std::string& peer, std::string_view user,
                                       std::shared_ptr<const zmq_frame> frame,
                                       clock::time_point now) {
  const auto message = read_link_frame(frame->bytes());
  if (!message) {
    ++malformed_;
    refuse(peer, false, message.error().message());
    return {};
  }
  if (const auto known = peers_.find(peer); known != peers_.end())
    known->second.heard = now;
  if (const auto* hello = std::get_if<link_hello>(&*message))
    return hear_hello(peer, user, *hello, now);
  if (const auto* batch = std::get_if<link_batch>(&*message))
    return hear_batch(peer, *batch, std::move(frame));
  auto* stream = stream_of(peer);
  if (std::holds_alternative<link_goodbye>(*message)) {
    if (stream)
      stream->peer.clear();
    peers_.erase(peer);
    return {};
  }
  if (std::holds_alternative<link_heartbeat>(*message)) {
    if (stream)
      stream->owed = true;
    else
      send_(peer, write_link_frame(link_reset{}));
    return {};
  }
  ++malformed_; // what only a receiver says
  return {};
}

core::result<void> link_receiver::hear_hello(const std::string& peer, std::string_view user,
                                             const link_hello& hello, clock::time_point now) {
  if (!user.empty() && user != hello.edge) {
    refuse(peer, false, "its key belongs to another edge id");
    return {};
  }
  const stream_key key{hello.edge, hello.stream};
  auto found = streams_.find(key);
  if (found == streams_.end()) {
    if (streams_.size() >= settings_.max_senders || peers_.size() >= most_peers) {
      refuse(peer, false, "there are too many senders (max_senders)");
      return {};
    }
    found = streams_.emplace(key, stream{}).first;
    found->second.topic =
        std::make_shared<const std::string>(fmt::format("{}/{}", hello.edge, hello.stream));
  }
  auto& at = found->second;
  if (std::find(at.former.begin(), at.former.end(), hello.session) != at.former.end()) {
    refuse(peer, true, "another process took over its edge id and stream");
    return {};
  }
  peers_[peer] = {key, now};
  if (!at.peer.empty() && at.peer != peer && at.session != hello.session)
    refuse(at.peer, true, "another process took over its edge id and stream");
  at.peer = peer;
  at.next = stream::waiting_hello{hello.session, hello.next, hello.attempt, peer};
  // What an earlier process of this edge left is finished first: what it shares with what comes now
  // would else be acknowledged before it is settled.
  if (at.session == hello.session || at.open.empty())
    begin(at, *std::exchange(at.next, std::nullopt));
  return {};
}

void link_receiver::begin(stream& at, const stream::waiting_hello& hello) {
  if (at.session != hello.session) {
    if (at.session != 0)
      at.former.push_back(at.session);
    if (at.former.size() > most_former)
      at.former.pop_front();
    at.session = hello.session;
    at.received = at.acknowledged = hello.next - 1;
  }
  at.attempt = hello.attempt;
  at.peer = hello.peer;
  at.granted_records = static_cast<std::uint64_t>(settings_.credit_records);
  at.granted_bytes = static_cast<std::uint64_t>(settings_.credit_bytes);
  at.owed = true;
}

core::result<void> link_receiver::hear_batch(const std::string& peer, const link_batch& batch,
                                             std::shared_ptr<const zmq_frame> frame) {
  auto* at = stream_of(peer);
  if (!at || at->next) {
    if (!at)
      send_(peer, write_link_frame(link_reset{}));
    return {};
  }
  if (batch.sequence <= at->received) {
    at->owed = true; // sent again because an answer was lost
    return {};
  }
  if (batch.sequence != at->received + 1) {
    send_(peer, write_link_frame(link_reset{}));
    return {};
  }
  at->received = batch.sequence;
  return accept(*at, peers_.at(peer).stream, batch, std::move(frame));
}

core::result<void> link_receiver::accept(stream& from, const stream_key& key,
                                         const link_batch& batch,
                                         std::shared_ptr<const zmq_frame> frame) {
  const origin_key origin{key.first,
                          key.second,
                          std::string{batch.origin.topic},
                          batch.origin.life,
                          batch.origin.partition,
                          batch.origin.input};
  auto& known = seen_.find(origin);
  message_state state;
  state.number = next_number_++;
  state.records = batch.records.size();
  std::vector<record_place> places;
  std::vector<core::raw_record> records;
  std::int64_t bytes = 0;
  const auto hand_out = [&] {
    if (records.empty())
      return;
    auto out = core::make_ref<link_raw_batch>(frame, std::move(records), state.number);
    out->topic = from.topic;
    out->partition = known.lane;
    out->life = from.session;
    out->sequence = state.number;
    ready_.push_back(std::move(out));
    ++state.parts;
    records = {};
    bytes = 0;
  };
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const auto& record = batch.records[i];
    const auto size = static_cast<std::int64_t>(record.key.size() + record.payload.size());
    state.bytes += static_cast<std::uint64_t>(size);
    const record_place place{record.offset, record.row};
    const auto answer = known.records.add(place);
    if (answer == seen_records::answer::seen) {
      repeats_.add();
      continue;
    }
    if (answer == seen_records::answer::too_old)
      unchecked_.add();
    else
      places.push_back(place);
    if (static_cast<std::int64_t>(records.size()) >= settings_.batch.records ||
        (!records.empty() && bytes + size > settings_.batch.bytes))
      hand_out();
    records.push_back({record.payload, record.key, offset_of(batch.sequence, i), record.timestamp});
    bytes += size;
  }
  hand_out();
  if (!places.empty())
    state.seen = seen_.handed_out(origin, std::move(places));
  if (state.parts != 0)
    messages_.emplace(state.number, key);
  from.open.push_back(state);
  settle_front(from);
  return {};
}

std::vector<core::raw_batch_ptr> link_receiver::take() {
  return std::exchange(ready_, {});
}

core::result<void> link_receiver::settled(std::uint64_t message) {
  const auto known = messages_.find(message);
  if (known == messages_.end())
    return {};
  auto& at = streams_.at(known->second);
  const auto found = std::lower_bound(
      at.open.begin(), at.open.end(), message,
      [](const message_state& each, std::uint64_t number) { return each.number < number; });
  LEPTON_ASSERT(found != at.open.end() && found->number == message);
  if (--found->parts != 0)
    return {};
  messages_.erase(known);
  if (found->seen != 0)
    LEPTON_TRY(seen_.settled(found->seen));
  settle_front(at);
  return {};
}

void link_receiver::settle_front(stream& at) {
  while (!at.open.empty() && at.open.front().parts == 0) {
    ++at.acknowledged;
    at.granted_records += at.open.front().records;
    at.granted_bytes += at.open.front().bytes;
    at.open.pop_front();
    at.owed = true;
  }
}

void link_receiver::acknowledge(clock::time_point) {
  for (auto& [key, at] : streams_) {
    if (at.next && at.open.empty())
      begin(at, *std::exchange(at.next, std::nullopt));
    if (!at.owed || at.next)
      continue;
    at.owed = false;
    if (!at.peer.empty())
      send_(at.peer, write_link_frame(link_grant{at.session, at.attempt, at.acknowledged,
                                                 at.granted_records, at.granted_bytes}));
  }
}

core::result<void> link_receiver::tick(clock::time_point now) {
  std::erase_if(peers_, [&](const auto& each) { return now - each.second.heard > silent_peer; });
  // A sender without a connection gives its place up; what it sent stays known.
  std::erase_if(streams_, [&](const auto& each) {
    return each.second.open.empty() && !each.second.next && !peers_.contains(each.second.peer);
  });
  return seen_.sync();
}

} // namespace lepton::connectors
