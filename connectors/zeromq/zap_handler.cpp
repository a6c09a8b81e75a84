#include "connectors/zeromq/zap_handler.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace lepton::connectors {

namespace {

constexpr const char* zap_endpoint = "inproc://zeromq.zap.01";
constexpr long look_at_list_ms = 500;

/// Frames of a request: version, id, domain, address, routing id, mechanism, credentials.
constexpr std::size_t mechanism_frame = 5;
constexpr std::size_t credentials_frame = 6;
constexpr std::size_t most_frames = 16;

std::vector<std::string> receive_all(zmq_socket& socket) {
  std::vector<std::string> frames;
  zmq_frame frame;
  if (!socket.receive(frame))
    return frames;
  frames.emplace_back(frame.bytes());
  while (frame.more() && socket.receive(frame))
    if (frames.size() < most_frames)
      frames.emplace_back(frame.bytes());
  return frames;
}

std::string key_in(const std::vector<std::string>& request) {
  std::array<char, 41> text{};
  if (request.size() != credentials_frame + 1 || request[0] != "1.0" ||
      request[mechanism_frame] != "CURVE" || request[credentials_frame].size() != 32)
    return {};
  zmq_z85_encode(text.data(),
                 reinterpret_cast<const std::uint8_t*>(request[credentials_frame].data()), 32);
  return text.data();
}

} // namespace

zap_handler::zap_handler(zmq_context_ptr context, std::shared_ptr<client_list> clients,
                         std::function<void()> revoked)
    : context_{std::move(context)}, clients_{std::move(clients)}, revoked_{std::move(revoked)} {}

zap_handler::~zap_handler() {
  stopping_ = true;
  stop_.signal();
  if (thread_.joinable())
    thread_.join();
}

core::result<void> zap_handler::start() {
  LEPTON_TRY(clients_->load());
  socket_ = zmq_socket{context_, ZMQ_REP};
  socket_.set(ZMQ_LINGER, 0);
  LEPTON_TRY(socket_.bind(zap_endpoint));
  thread_ = std::thread{[this] { run(); }};
  return {};
}

void zap_handler::run() {
  while (!stopping_) {
    std::array<zmq_pollitem_t, 2> items{
        {{socket_.get(), 0, ZMQ_POLLIN, 0}, {nullptr, stop_.fd(), ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), items.size(), look_at_list_ms);
    if (clients_->reload_if_changed() && revoked_)
      revoked_();
    if ((items[0].revents & ZMQ_POLLIN) != 0)
      answer_one();
  }
  socket_.close();
}

void zap_handler::expect_stranger(std::string key) {
  const std::lock_guard lock{mutex_};
  stranger_ = std::move(key);
}

void zap_handler::log_refusal(const std::string& address, const std::string& key) {
  const std::lock_guard lock{mutex_};
  if (key.empty())
    spdlog::warn("ZeroMQ: a client from {} was refused: it does not use CURVE", address);
  else if (key != stranger_)
    spdlog::warn("ZeroMQ: a client from {} was refused: its key is not in the list of clients, or "
                 "not in this role",
                 address);
}

void zap_handler::answer_one() {
  const auto request = receive_all(socket_);
  const auto key = key_in(request);
  const auto client = key.empty() ? std::nullopt : clients_->find(key);
  if (!client && request.size() > mechanism_frame)
    log_refusal(request[3], key);
  const std::string id = request.size() > 1 ? request[1] : std::string{};
  socket_.send("1.0", true);
  socket_.send(id, true);
  socket_.send(client ? "200" : "400", true);
  socket_.send(client ? "OK" : "refused", true);
  socket_.send(client ? *client : std::string{}, true);
  socket_.send(std::string_view{}, false);
}

} // namespace lepton::connectors
