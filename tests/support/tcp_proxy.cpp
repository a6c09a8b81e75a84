#include "tests/support/tcp_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace lepton::tests {

namespace {

constexpr int look_again_ms = 5;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int fd, const char* bytes, std::size_t size) {
  while (size != 0) {
    const auto sent = ::send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

} // namespace

tcp_proxy::tcp_proxy(std::uint16_t server_port) : server_port_{server_port} {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "tcp_proxy");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

tcp_proxy::~tcp_proxy() {
  ending_ = true;
  thread_.join();
  for (const auto& wire : wires_) {
    ::close(wire.client);
    ::close(wire.server);
  }
  ::close(listener_);
}

void tcp_proxy::run() {
  while (!ending_) {
    if (cut_) {
      ::poll(nullptr, 0, look_again_ms);
      continue;
    }
    std::vector<pollfd> waits{{listener_, POLLIN, 0}};
    for (const auto& wire : wires_) {
      waits.push_back({wire.client, POLLIN, 0});
      waits.push_back({wire.server, POLLIN, 0});
    }
    ::poll(waits.data(), waits.size(), look_again_ms);
    if (cut_)
      continue;
    for (std::size_t i = wires_.size(); i-- > 0;) {
      auto& wire = wires_[i];
      const bool open = (waits[1 + 2 * i].revents == 0 || pass(wire.client, wire.server)) &&
                        (waits[2 + 2 * i].revents == 0 || pass(wire.server, wire.client));
      if (open)
        continue;
      ::close(wire.client);
      ::close(wire.server);
      wires_.erase(wires_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (waits[0].revents != 0)
      accept_one();
  }
}

void tcp_proxy::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0)
    return;
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(server_port_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(server);
    ::close(client);
    return;
  }
  wires_.push_back({client, server});
}

bool tcp_proxy::pass(int from, int to) {
  std::array<char, 65'536> bytes;
  const auto got = ::recv(from, bytes.data(), bytes.size(), 0);
  if (got <= 0)
    return false;
  passed_ += static_cast<std::uint64_t>(got);
  return send_all(to, bytes.data(), static_cast<std::size_t>(got));
}

} // namespace lepton::tests
